"""Objectives against oracles: the MDM loss in closed form, the others written out by hand for a tiny text."""

import math
from itertools import permutations, product

import numpy as np
import pytest

from reversal import registry
from reversal.randomness import stream
from reversal.train.batch import Batch, Text
from reversal.train.objectives import any_order, mdm, mlm, next_token, source_only, target_only
from reversal.train.objectives.next_token import begin

V = 20
MASK, BEGIN = V, V + 1


def text(sentences: int = 2, seeds: int = 2, word_size: int = 1, length: int = 3) -> Text:
    """Tokens counting up, the second seed's five later: [0, 1, 2], [3, 4, 5] and [5, 6, 7], [8, 9, 10]."""
    tokens = np.arange(sentences * length).reshape(1, sentences, length) + 5 * np.arange(seeds)[:, None, None]
    positions = np.tile(np.arange(length), (seeds, sentences, 1))
    return Text(tokens % V, positions, word_size, V)


# MDM. A toy model: −log p of each slot depends on which slots are hidden, in no particular way.
LENGTH = 4
MASKS = np.array([mask for mask in product([False, True], repeat=LENGTH) if any(mask)])
NLL = np.random.default_rng(5).gamma(1.5, size=(2**LENGTH, LENGTH))
CODES = 1 << np.arange(LENGTH)


def exact_loss() -> float:
    """∫₀¹ E_t[Σ_masked nll / t] dt / L, each mask having probability t^k (1 − t)^(L − k): polynomials, integrated exactly."""
    nodes, weights = np.polynomial.legendre.leggauss(2 * LENGTH)
    loss = 0.0
    for mask in MASKS:
        hidden = mask.sum()
        for t, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            loss += weight * t ** (hidden - 1) * (1 - t) ** (LENGTH - hidden) * NLL[mask @ CODES] @ mask / LENGTH
    return float(loss)


def losses(batch: Batch, sentences: int) -> np.ndarray:
    """What each sentence adds to the loss of its seed, (S, B)."""
    seeds = batch.tokens.shape[0]
    sentence, slot = np.divmod(batch.rows, LENGTH)
    hidden = (batch.tokens == MASK) @ CODES
    terms = batch.weights * NLL[np.take_along_axis(hidden, sentence, 1), slot]
    found = np.zeros((seeds, sentences))
    np.add.at(found, (np.arange(seeds)[:, None], sentence), terms)
    return found


def test_the_weights_of_all_masks_are_the_beta_integrals():
    """L = 3: a mask has weight 1/3, 1/6 and 1/3 by its size, shared by the tokens of the sentence."""
    batch = mdm.enumerated(text(sentences=1, seeds=1))
    size = (batch.tokens == MASK).sum(-1)[0]
    weight = {int(k): w for k, w in zip(size[batch.rows[0] // 3], batch.weights[0], strict=True)}
    assert weight == {k: pytest.approx(w / 3) for k, w in {1: 1 / 3, 2: 1 / 6, 3: 1 / 3}.items()}
    assert len(size) == 7


def test_enumerated_masks_give_the_exact_loss():
    batch = mdm.enumerated(text(sentences=3, length=LENGTH))
    found = losses(batch, 3 * len(MASKS)).sum(1)
    assert found == pytest.approx([exact_loss()] * 2, rel=1e-6)


def within_four_standard_errors(means: np.ndarray, expected: float) -> bool:
    return abs(means.mean() - expected) < 4 * means.std(ddof=1) / math.sqrt(len(means))


def test_a_million_sampled_masks_average_to_the_exact_loss():
    sentences = 1_000_000
    batch = mdm.batch(text(sentences, seeds=1, length=LENGTH), [stream(0)], {"masks": "sampled"})
    assert within_four_standard_errors(losses(batch, sentences)[0] * sentences, exact_loss())


@pytest.mark.parametrize("sentences", [4, 7, 10])
def test_a_million_stratified_masks_average_to_the_exact_loss(sentences):
    """Small batches, where sizes cannot be dealt out in proportion and importance must mend it."""
    seeds = 1_000_000 // sentences
    batch = mdm.batch(text(sentences, seeds, length=LENGTH), [stream(1)] * seeds, {"masks": "stratified"})
    assert within_four_standard_errors(losses(batch, sentences).sum(1), exact_loss())


def test_stratified_masks_are_less_noisy_than_sampled_ones():
    spread = {}
    for masks in ("sampled", "stratified"):
        batch = mdm.batch(text(12, 4000, length=LENGTH), [stream(2)] * 4000, {"masks": masks})
        spread[masks] = losses(batch, 12).sum(1).std()
    assert spread["stratified"] < 0.9 * spread["sampled"]


@pytest.mark.parametrize("masks", ["sampled", "stratified", "enumerated"])
def test_mdm_asks_what_stood_under_the_mask_and_weighs_nothing_else(masks):
    told = text(sentences=9, seeds=2, length=LENGTH)
    batch = mdm.batch(told, [stream(0), stream(1)], {"masks": masks})
    repeats = batch.tokens.shape[1] // 9
    original = np.repeat(told.tokens, repeats, axis=1).reshape(2, -1)
    hidden = batch.tokens.reshape(2, -1) == MASK
    asked = np.zeros_like(hidden)
    for seed in range(2):
        counted = batch.rows[seed][batch.weights[seed] > 0]
        asked[seed, counted] = True
        assert (batch.targets[seed] == original[seed][batch.rows[seed]]).all()
    assert (asked == hidden).all()
    assert (np.where(hidden, original, batch.tokens.reshape(2, -1)) == original).all()
    assert batch.weights.sum(1) == pytest.approx([1, 1], rel=1e-6)


def test_all_seeds_draw_masks_of_their_own():
    batch = mdm.batch(text(sentences=20), [stream(0), stream(1)], {"masks": "stratified"})
    assert ((batch.tokens == MASK)[0] != (batch.tokens == MASK)[1]).any()
    alone = mdm.batch(text(sentences=20), [stream(0), stream(9)], {"masks": "stratified"})
    assert ((batch.tokens == MASK)[0] == (alone.tokens == MASK)[0]).all()


# The others


def test_mlm_weighs_every_hidden_token_alike_but_for_importance():
    batch = mlm.batch(text(sentences=12), [stream(0), stream(1)], {"rate": 0.3})
    assert ((batch.tokens == MASK).sum((1, 2)) == batch.rows.shape[1]).all()
    assert batch.weights.sum(1) == pytest.approx([1, 1], rel=1e-6)


def test_mlm_averages_to_the_mean_nll_of_a_hidden_token():
    """The oracle: every token hidden with the rate on its own, empty masks drawn again."""
    rate, hidden, total = 0.4, 0.0, 0.0
    for mask in MASKS:
        chance = rate ** mask.sum() * (1 - rate) ** (LENGTH - mask.sum())
        hidden += chance * mask.sum()
        total += chance * (NLL[mask @ CODES] @ mask)
    batch = mlm.batch(text(6, 40_000, length=LENGTH), [stream(3)] * 40_000, {"rate": rate})
    assert within_four_standard_errors(losses(batch, 6).sum(1), total / hidden)


def test_next_token_on_the_last_entity_by_hand():
    batch = next_token.batch(text(), [], {"loss": "last_entity"})
    assert batch.tokens.tolist() == [[[0, 1], [3, 4]], [[5, 6], [8, 9]]]
    assert batch.positions.tolist() == [[[0, 1], [0, 1]]] * 2
    assert batch.rows.tolist() == [[1, 3]] * 2
    assert batch.targets.tolist() == [[2, 5], [7, 10]]
    assert batch.weights.tolist() == [[0.5, 0.5]] * 2


def test_next_token_on_a_last_entity_of_two_tokens_by_hand():
    """A A R B B: the first token of B is asked at the relation, the second at the first."""
    batch = next_token.batch(text(sentences=1, seeds=1, word_size=2, length=5), [], {"loss": "last_entity"})
    assert batch.tokens.tolist() == [[[0, 1, 2, 3]]]
    assert batch.rows.tolist() == [[2, 3]]
    assert batch.targets.tolist() == [[3, 4]]
    assert batch.weights.tolist() == [[0.5, 0.5]]


def test_next_token_on_the_whole_sequence_by_hand():
    batch = next_token.batch(text(), [], {"loss": "whole"})
    assert batch.tokens.tolist() == [[[BEGIN, 0, 1], [BEGIN, 3, 4]], [[BEGIN, 5, 6], [BEGIN, 8, 9]]]
    assert batch.positions.tolist() == [[[0, 1, 2], [0, 1, 2]]] * 2
    assert batch.rows.tolist() == [[0, 1, 2, 3, 4, 5]] * 2
    assert batch.targets.tolist() == [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9, 10]]
    assert batch.weights == pytest.approx(np.full((2, 6), 1 / 6))


def test_a_beginning_moves_everything_one_place_on():
    told = text()._replace(positions=np.array([[[4, 5, 9], [0, 1, 2]]] * 2))
    assert begin(told).positions.tolist() == [[[0, 5, 6, 10], [0, 1, 2, 3]]] * 2


@pytest.mark.parametrize(("word_size", "length"), [(1, 3), (2, 5), (1, 2)])
def test_source_only_and_target_only_hide_one_entity_and_ask_it(word_size, length):
    told = text(word_size=word_size, length=length)
    ends = {source_only: slice(0, word_size), target_only: slice(length - word_size, length)}
    for objective, slots in ends.items():
        batch = objective.batch(told, [], {})
        expected = told.tokens.copy()
        expected[..., slots] = MASK
        assert (batch.tokens == expected).all()
        assert (batch.targets == told.tokens[..., slots].reshape(2, -1)).all()
        assert (batch.rows % length).tolist() == [list(range(length))[slots] * 2] * 2
        assert batch.weights.sum(1) == pytest.approx([1, 1])


def test_target_only_never_hides_a():
    told = text(sentences=50)
    batch = target_only.batch(told, [stream(0), stream(1)], {})
    assert (batch.tokens[..., 0] == told.tokens[..., 0]).all()
    assert not np.isin(batch.rows % 3, [0]).any()


@pytest.mark.parametrize("name", registry.names("train.objectives"))
def test_places_targets_and_weights_go_together(name):
    """Whatever is drawn: as many places a seed, within the sentences, in order, with finite weights ≥ 0 that sum to 1."""
    objective = registry.load("train.objectives", name)
    settings = {key: node["default"] for key, node in getattr(objective, "SETTINGS", {}).items()}
    batch = objective.batch(text(sentences=8), [stream(0), stream(1)], settings)
    assert batch.rows.shape == batch.targets.shape == batch.weights.shape
    assert batch.tokens.shape == batch.positions.shape
    assert (np.diff(batch.rows, axis=1) > 0).all()
    assert batch.rows.min() >= 0
    assert batch.rows.max() < np.prod(batch.tokens.shape[1:])
    assert batch.targets.max() < V
    assert batch.weights.min() >= 0
    assert batch.weights.dtype == np.float32
    assert batch.weights.sum(1) == pytest.approx([1, 1], rel=1e-6)


# Any order. The same toy model: what a place is asked depends on which tokens are read before it.


def test_all_orders_and_places_average_to_the_loss_of_masked_diffusion():
    """L! orders × L places by enumeration: Σ over visible sets is the MDM loss (Hoogeboom et al. 2021)."""
    orders = np.array(list(permutations(range(LENGTH))))
    told = text(sentences=1, seeds=1, length=LENGTH)
    repeated = Text(*(np.repeat(part, len(orders) * LENGTH, axis=1) for part in told[:2]), 1, V)
    order = np.repeat(orders, LENGTH, axis=0)[None]
    place = np.tile(np.arange(LENGTH), len(orders))[None]
    batch = any_order.ordered(repeated, order, place, np.full(place.shape, 1 / place.size))
    assert in_any_order(batch).sum() == pytest.approx(exact_loss(), rel=1e-6)


def in_any_order(batch: Batch) -> np.ndarray:
    """What each sentence adds to the loss of its seed, (S, B): one place a sentence, its position says which slot."""
    sentence, place = np.divmod(batch.rows, LENGTH)
    assert (sentence == np.arange(sentence.shape[1])).all()
    unread = np.arange(LENGTH) >= place[..., None]
    codes = ((1 << batch.positions) * unread).sum(-1)
    slot = np.take_along_axis(batch.positions, place[..., None], -1)[..., 0]
    return batch.weights * NLL[codes, slot]


@pytest.mark.parametrize("sentences", [4, 7])
def test_a_million_random_orders_average_to_the_loss_of_masked_diffusion(sentences):
    seeds = 1_000_000 // sentences
    batch = any_order.batch(text(sentences, seeds, length=LENGTH), [stream(4)] * seeds, {})
    assert within_four_standard_errors(in_any_order(batch).sum(1), exact_loss())


def test_any_order_asks_one_token_a_sentence_and_shows_none_that_comes_after_it():
    told = text(sentences=9, length=LENGTH)
    batch = any_order.batch(told, [stream(0), stream(1)], {})
    for seed, number in np.ndindex(2, 9):
        place = batch.rows[seed, number] - number * LENGTH
        positions, tokens = batch.positions[seed, number], batch.tokens[seed, number]
        assert sorted(positions) == list(range(LENGTH))
        original = told.tokens[seed, number][positions]  # text's positions are its slots
        assert tokens[:place].tolist() == original[:place].tolist()
        assert (tokens[place:] == MASK).all()
        assert batch.targets[seed, number] == original[place]
    assert sorted(set((batch.rows % LENGTH).ravel())) == list(range(LENGTH))
    assert (batch.positions[0] != batch.positions[1]).any()


def test_any_order_by_hand():
    batch = any_order.ordered(text(), np.array([[[2, 0, 1], [1, 2, 0]]] * 2), np.array([[1, 2]] * 2), np.ones((2, 2)))
    assert batch.tokens.tolist() == [[[2, MASK, MASK], [4, 5, MASK]], [[7, MASK, MASK], [9, 10, MASK]]]
    assert batch.positions.tolist() == [[[2, 0, 1], [1, 2, 0]]] * 2
    assert batch.rows.tolist() == [[1, 5]] * 2
    assert batch.targets.tolist() == [[0, 3], [5, 8]]
