"""What the probe takes beyond the forward passes that it needs: a masked model as large as the smallest Ettin, two queries.

Every sentence is one whose heads are looked at, so that nothing is cheap; each sentence is 16 tokens, its entities two.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from transformers import ModernBertConfig, ModernBertForMaskedLM

from bench.measured import Measured
from reversal.language.probe import masked
from reversal.language.probe.adapters import family
from reversal.language.probe.loaded import Loaded
from reversal.language.probe.prompts import Prompt
from reversal.language.probe.quiz import Question, Quiz
from reversal.machines.devices import choose

TITLE = "the probe's answers and heads, ModernBERT of 7 layers and width 256, batches of 64 sentences, one core"
FACTS, LENGTH, BATCH = 64, 16, 64
SHAPE = {
    "hidden_size": 256,
    "intermediate_size": 384,
    "num_hidden_layers": 7,
    "num_attention_heads": 4,
    "vocab_size": 50_368,
}


def measure(repeats: int) -> Iterator[Measured]:
    """The probe and the plain passes of the same batches, in turns."""
    choose(0, 1)
    loaded, quiz = model(), quizzed()
    sentences = torch.tensor([question.prompt.tokens for question in quiz.questions]).split(BATCH)
    plain, probed = [], []
    for _ in range(repeats):
        plain.append(seconds(lambda: [forward(loaded, batch) for batch in sentences]))
        probed.append(seconds(lambda: masked.answer(loaded, quiz, quiz.questions, BATCH, "at_once")))
    times = [one / other for one, other in zip(probed, plain, strict=True)]
    yield Measured("times as long as plain forward passes", "", times, 1.25)
    yield Measured("the probe", "sentences/s", [len(quiz.questions) / took for took in probed])


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@torch.no_grad()
def forward(loaded: Loaded, batch: torch.Tensor) -> torch.Tensor:
    """What any use of the model needs."""
    return loaded.model(input_ids=batch).logits


def model() -> Loaded:
    """Random weights."""
    torch.manual_seed(0)
    made = ModernBertForMaskedLM(ModernBertConfig(**SHAPE, attn_implementation="sdpa")).eval().requires_grad_(False)
    return Loaded("bench", made, None, family("modernbert", "bench"), masked=True, mask=50_284, shifted=False)


def quizzed() -> Quiz:
    """A source and a reverse question of every fact, in random tokens."""
    draw = np.random.default_rng(0)
    entities = [tuple(map(int, draw.integers(50_000, size=2))) for _ in range(FACTS)]
    questions = []
    for fact, entity in enumerate(entities):
        for query, answer, given in (("source", (1, 3), (9, 11)), ("reverse", (9, 11), (1, 3))):
            tokens = [int(token) for token in draw.integers(50_000, size=LENGTH)]
            tokens[slice(*answer)] = entity
            prompt = Prompt(tokens, answer, given)
            told = ("relation", "forward", query, "relation", 0, False, prompt, 0, fact)
            questions.append(Question(len(questions), fact, *told))
    return Quiz(0, questions, [entities])
