"""The training half of the stage `language`: one run of a cell, from its corpus to history and checkpoint folders.

A run is one seed: its corpus, its tokenizer and its model are its own.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint
from reversal.language.train import model as models
from reversal.language.train import vocabulary
from reversal.language.train.sequences import encoded
from reversal.language.train.texts import Text, asked, entities, told
from reversal.language.train.trained_questions import written
from reversal.language.train.trainer import Trainer, Training
from reversal.train import history, record
from reversal.train.continuation import finish
from reversal.train.keeper import Keeper, Saving
from reversal.train.state import Store

LIBRARIES = ("numpy", "transformers", "tokenizers")
"""Whose versions `run.json` names, beside torch's."""


def train_run(
    settings: Mapping[str, Any],
    seed: int,
    passages_path: Path,
    questions_path: Path,
    history_path: Path,
    timing_path: Path,
    run_path: Path,
    checkpoint_paths: Sequence[Path],
    device: torch.device,
    saving: Saving,
) -> None:
    """Train one run, from where an earlier job left off, and write what came of it.

    Args:
        settings: of the cell: corpus, tokenizer, model, objective, optimisation, precision.
        seed: its master seed.
        passages_path, questions_path: its corpus.
        history_path, timing_path, run_path: what is written.
        checkpoint_paths: the folders of the model before its first step and after its last.
        device: where to compute.
        saving: what makes the job one that can be killed.

    Raises:
        ReversalError: an input is missing or will not do, the loss is no number any more, or a disk refuses.
        Stopped: by a signal or the end of the job's time; what it had is saved.
    """
    _refuse_mismatch(settings)
    identity = {
        "settings": settings,
        "seeds": [seed],
        "text": [tables.digest(passages_path, "passages"), tables.digest(questions_path, "questions")],
        "code": saving.code,
    }
    store = Store(saving.states, identity, str(history_path.parent))
    keeper = Keeper(store, saving.watch, saving.every)
    kept = (0, settings["optimisation"]["steps"])
    start = keeper.resumed(kept)
    moments = list(start.history) if start else []
    passages = told(passages_path, seed)
    tokenizer = vocabulary.trained([text.text for text in passages], entities(passages), settings["tokenizer"])
    model = models.initial(settings["model"], tokenizer, seed)
    training, tokens = _training(settings, seed, passages, questions_path, tokenizer, model, device)
    finish(Trainer(model, training), (seed,), kept, 0, 1, start, keeper, moments)
    for number, path in enumerate(checkpoint_paths):
        (checkpoint,) = keeper.checkpoints(1, number)
        models.save(path, model, checkpoint.parameters, tokenizer)
    tables.write(history_path, "history", history.history(moments), fingerprint=fingerprint(settings))
    tables.write(timing_path, "timing", history.timing(moments), fingerprint=fingerprint(settings))
    sizes = {"vocabulary": tokenizer.get_vocab_size(), "parameters": models.size(model), "entity_tokens": tokens}
    record.write(run_path, settings, [seed], history.learnt(moments), device, LIBRARIES, **sizes)


def _training(
    settings: Mapping[str, Any],
    seed: int,
    passages: Sequence[Text],
    questions_path: Path,
    tokenizer: Tokenizer,
    model: PreTrainedModel,
    device: torch.device,
) -> tuple[Training, float]:
    """All that decides the run, as tokens, and how many of them an entity is on average."""
    objective, positions = settings["objective"], model.config.max_position_embeddings
    text, places = encoded(passages, tokenizer, positions, whole=objective.get("whole_entities", False))
    training = Training(
        seed=seed,
        text=text,
        questions={
            query: written(asked(questions_path, seed, query), tokenizer, positions)
            for query in registry.literals("language.train.objectives", objective["kind"])["TRAINED"]
        },
        mask=tokenizer.token_to_id(vocabulary.MASK),
        settings=settings,
        device=device,
    )
    return training, fmean(len(tokens) for spans in places for tokens in spans)


def _refuse_mismatch(settings: Mapping[str, Any]) -> None:
    """A masked objective needs a model that sees both sides, and one of the next token a model that does not."""
    objective, model = settings["objective"]["kind"], settings["model"]["kind"]
    wanted = registry.literals("language.train.objectives", objective)["ATTENTION"]
    if registry.literals("language.train.architectures", model)["ATTENTION"] not in wanted:
        raise ReversalError(
            f"objective.kind: '{objective}' trains models of {' or '.join(wanted)} attention, and model.kind '{model}' "
            "is none; take another"
        )
