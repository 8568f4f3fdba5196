"""The training half of the stage `language`: one block of seeds of one cell, from its corpora to history and checkpoints.

Every seed has a corpus, a tokenizer and a model of its own. They train one after another: their texts are of unequal
length, and a step of one is work enough for a core.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.fingerprint import fingerprint
from reversal.language.folder import replacing_folder
from reversal.language.train import model as models
from reversal.language.train import vocabulary
from reversal.language.train.sequences import encoded
from reversal.language.train.texts import asked, entities, told
from reversal.language.train.trained_questions import written
from reversal.language.train.trainer import Trainer, Training
from reversal.train import history, record
from reversal.train.continuation import finish
from reversal.train.keeper import Keeper, Saving
from reversal.train.state import Store

LIBRARIES = ("numpy", "transformers", "tokenizers")
"""Whose versions `run.json` names, beside torch's."""


def train_block(
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    passages_path: Path,
    questions_path: Path,
    history_path: Path,
    timing_path: Path,
    run_path: Path,
    checkpoint_paths: Sequence[Path],
    device: torch.device,
    saving: Saving,
) -> None:
    """Train all runs of a block, from where an earlier job left off, and write what came of it.

    Args:
        settings: of the cell: corpus, tokenizer, model, objective, optimisation, precision.
        seeds: master seeds of the block.
        passages_path, questions_path: its corpora.
        history_path, timing_path, run_path: what is written.
        checkpoint_paths: the folders of the models before their first step and after their last, a folder a seed in each.
        device: where to compute.
        saving: what makes the job one that can be killed.

    Raises:
        ReversalError: an input is missing or will not do, the loss is no number any more, or a disk refuses.
        Stopped: by a signal or the end of the job's time; what it had is saved.
    """
    _refuse_mismatch(settings)
    identity = {
        "settings": settings,
        "seeds": list(seeds),
        "text": [tables.digest(passages_path, "passages"), tables.digest(questions_path, "questions")],
        "code": saving.code,
    }
    store = Store(saving.states, identity, str(history_path.parent))
    keeper = Keeper(store, saving.watch, saving.every)
    kept = (0, settings["optimisation"]["steps"])
    start = keeper.resumed(kept)
    moments = list(start.history) if start else []
    runs = [prepared(settings, seed, passages_path, questions_path, device) for seed in seeds]
    for place, run in enumerate(runs):
        if start is None or place >= start.chunk:
            here = start if start and place == start.chunk else None
            finish(Trainer(run.initial(), run.training), (run.seed,), kept, place, 1, here, keeper, moments)
    for number, path in enumerate(checkpoint_paths):
        with replacing_folder(path) as folder:
            for run, checkpoint in zip(runs, keeper.checkpoints(len(runs), number), strict=True):
                models.save(folder / str(run.seed), run.initial(), checkpoint.parameters, run.tokenizer)
    tables.write(history_path, "history", history.history(moments), fingerprint=fingerprint(settings))
    tables.write(timing_path, "timing", history.timing(moments), fingerprint=fingerprint(settings))
    more = {name: {run.seed: run.sizes[name] for run in runs} for name in runs[0].sizes}
    last = keeper.checkpoints(len(runs), len(kept) - 1)
    more["weights"] = {run.seed: models.digest(made.parameters) for run, made in zip(runs, last, strict=True)}
    record.write(run_path, settings, seeds, history.learnt(moments), device, LIBRARIES, **more)


class Run(NamedTuple):
    """One seed, before its first step."""

    seed: int
    tokenizer: Tokenizer
    training: Training
    """All that decides it beside the model that it begins with."""
    sizes: Mapping[str, float]
    """Tokens of its vocabulary, parameters of its model, tokens an entity has on average."""

    def initial(self) -> PreTrainedModel:
        """The model that it begins with."""
        return models.initial(self.training.settings["model"], self.tokenizer, self.seed)


def prepared(
    settings: Mapping[str, Any], seed: int, passages_path: Path, questions_path: Path, device: torch.device
) -> Run:
    """A run with its texts as tokens.

    Raises:
        ReversalError: its corpus is missing or will not do.
    """
    passages = told(passages_path, seed)
    tokenizer = vocabulary.trained([text.text for text in passages], entities(passages), settings["tokenizer"])
    model = models.initial(settings["model"], tokenizer, seed)
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
    sizes = {
        "vocabulary": tokenizer.get_vocab_size(),
        "parameters": models.size(model),
        "entity_tokens": fmean(len(tokens) for spans in places for tokens in spans),
    }
    return Run(seed, tokenizer, training, sizes)


def _refuse_mismatch(settings: Mapping[str, Any]) -> None:
    """A masked objective needs a model that sees both sides, and one of the next token a model that does not."""
    objective, model = settings["objective"]["kind"], settings["model"]["kind"]
    wanted = registry.literals("language.train.objectives", objective)["ATTENTION"]
    if registry.literals("language.train.architectures", model)["ATTENTION"] not in wanted:
        raise ReversalError(
            f"objective.kind: '{objective}' trains models of {' or '.join(wanted)} attention, and model.kind '{model}' "
            "is none; take another"
        )
