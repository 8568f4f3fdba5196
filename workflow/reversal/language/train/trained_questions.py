"""Questions whose very text is a passage: the trained queries, as training asks them."""

from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from reversal.device import tensor
from reversal.language.train.model import logits
from reversal.language.train.sequences import Sequences, encoded
from reversal.language.train.texts import Text

AT_ONCE = 512
"""Questions that are asked together."""


class Questions(NamedTuple):
    """Those of one query."""

    text: Sequences
    """Q texts, their answers filled in."""
    answers: np.ndarray
    """bool (Q, L): is it a token of the answer?"""


def written(texts: Sequence[Text], tokenizer: Tokenizer, positions: int) -> Questions:
    """Questions of one query as tokens; the one span of each text is its answer's.

    Raises:
        ReversalError: see `sequences.encoded`.
    """
    text, entities = encoded(texts, tokenizer, positions)
    answers = np.zeros(text.tokens.shape, dtype=bool)
    for row, (answer,) in enumerate(entities):
        answers[row, answer.start : answer.stop] = True
    return Questions(text, answers)


@torch.no_grad()
def answered(
    kind: ModuleType, model: PreTrainedModel, questions: Questions, mask: int, device: torch.device
) -> tuple[float, float]:
    """Mean −log p a token of the answers, and the share of them whose every token comes first in the vocabulary.

    The tokens of an answer are asked of a masked model all at once; of a causal one each behind the right ones before
    it, so that all of them come first exactly if greedy decoding is right.
    """
    nll, right = [], []
    shortest_first = questions.text.lengths().argsort(kind="stable")  # what is asked together is about as long
    for start in range(0, len(shortest_first), AT_ONCE):
        rows = shortest_first[start : start + AT_ONCE]
        text = questions.text.take(rows)
        answers = questions.answers[rows, : text.tokens.shape[1]]
        batch = kind.asked(text, answers / answers.sum(1, keepdims=True), mask)
        found, targets = logits(kind, model, batch, device).float(), tensor(batch.targets, device)
        question = batch.texts.ravel()[batch.rows]
        surprise = F.cross_entropy(found, targets, reduction="none").cpu().numpy()
        wrong = (found.argmax(-1) != targets).cpu().numpy()
        nll.append(np.bincount(question, weights=surprise * batch.weights))
        right.append(np.bincount(question, weights=wrong) == 0)
    return float(np.concatenate(nll).mean()), float(np.concatenate(right).mean())
