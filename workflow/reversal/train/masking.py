"""Random masks by size: how many tokens of a sentence are hidden, then which.

Drawing the share t ~ U(0, 1) and each token with probability t, weighted by 1/t, has unbounded variance.
Drawing the number k of hidden tokens from the distribution that t implies, weighted accordingly, has the
same expectation (SCIENCE, "MDM loss"), and dealing the sizes out over a batch in fixed numbers removes what
is left of their noise.
"""

import numpy as np


def dealt(probabilities: np.ndarray, sentences: int) -> np.ndarray:
    """How many of the sentences get each size: at least one each, else in proportion (largest remainders).

    Args:
        probabilities: of the sizes 1 … L, (L,).
        sentences: at least as many as there are sizes.
    """
    share = probabilities * (sentences - len(probabilities))
    counts = 1 + share.astype(np.int64)
    largest = np.argsort(share.astype(np.int64) - share, kind="stable")
    counts[largest[: sentences - counts.sum()]] += 1
    return counts


def stratified(
    draws: list[np.random.Generator], probabilities: np.ndarray, sentences: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (S, B) dealt in fixed numbers, and each sentence's importance (S, B), of mean 1 in expectation."""
    counts = dealt(probabilities, sentences)
    sizes = np.repeat(np.arange(1, len(probabilities) + 1), counts)
    importance = np.repeat(probabilities * sentences / counts, counts)
    order = np.stack([rng.permutation(sentences) for rng in draws])
    return sizes[order], importance[order]


def sampled(
    draws: list[np.random.Generator], probabilities: np.ndarray, sentences: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (S, B) drawn independently, and importance 1."""
    choices = np.arange(1, len(probabilities) + 1)
    sizes = np.stack([rng.choice(choices, size=sentences, p=probabilities) for rng in draws])
    return sizes, np.ones(sizes.shape)


def of_size(draws: list[np.random.Generator], sizes: np.ndarray, length: int) -> np.ndarray:
    """Masks bool (S, B, L): for each sentence a uniformly drawn set of so many tokens."""
    noise = np.stack([rng.random((sizes.shape[1], length)) for rng in draws])
    return noise.argsort(-1).argsort(-1) < sizes[..., None]
