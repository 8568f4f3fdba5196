"""The transformer: seeds stay apart, factors do what their names say, and S_fwd equals S_rev where it must."""

import itertools
import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from reversal import registry, validation
from reversal.models.architectures import transformer
from reversal.models.architectures.transformer import Unembedding
from reversal.models.model import build, take
from reversal.models.position import Position

VOCABULARY, LENGTH = 11, 3
MASK = VOCABULARY


def settings_of(**changes: Any) -> dict[str, Any]:
    node = validation.definition("cell")["properties"]["model"]
    small = {"kind": "transformer", "layers": 2, "heads": 2, "width": 8, "mlp": True}
    settings = validation.fill(node, small | changes)
    validation.check(node, settings, "model")
    return settings


def model_of(**changes: Any):
    return build(settings_of(**changes), VOCABULARY, LENGTH)


def text(seeds: int, sentences: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens and positions (S, B, L), and every place (S, B·L)."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(VOCABULARY + 2, (seeds, sentences, LENGTH), generator=generator)
    positions = torch.arange(LENGTH).expand(seeds, sentences, LENGTH)
    return tokens, positions, torch.arange(sentences * LENGTH).expand(seeds, -1)


VARIANTS = [
    {"position": {"kind": kind}, "attention": attention, "tied": tied}
    for (kind, attention), tied in itertools.product(
        itertools.product(registry.names("models.positions"), ["causal", "bidirectional"]), [True, False]
    )
] + [{"query_key": qk, "value_output": vo} for qk, vo in itertools.product(["shared", "by_position"], repeat=2)]


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_a_stack_gives_each_seed_what_it_gets_alone_bit_for_bit(changes):
    model = model_of(**changes)
    seeds = [3, 1004, 7]
    together = model.initial(seeds)
    tokens, positions, rows = text(len(seeds))
    logits = model.logits(together, tokens, positions, rows)
    assert logits.shape == (len(seeds), rows.shape[1], VOCABULARY)
    for index, seed in enumerate(seeds):
        alone = model.initial([seed])
        one = slice(index, index + 1)
        assert all(torch.equal(alone[name], together[name][one]) for name in together)
        assert torch.equal(model.logits(alone, tokens[one], positions[one], rows[one]), logits[one])


def test_seeds_and_names_start_differently():
    drawn = model_of().initial([0, 1])
    square = [value for name, value in drawn.items() if name.endswith((".query", ".key", ".value", ".output"))]
    matrices = [matrix for stack in square for matrix in stack]
    assert not any(torch.equal(one, other) for one, other in itertools.combinations(matrices, 2))


def test_parameters_start_at_the_root_of_their_fan_in():
    drawn = model_of(width=256, heads=4).initial([0])
    assert drawn["embedding"].std() * 256**0.5 == pytest.approx(1, abs=0.05)
    assert drawn["layers.0.query"].std() * 256**0.5 == pytest.approx(1, abs=0.02)
    assert drawn["layers.1.down"].std() * 1024**0.5 == pytest.approx(1, abs=0.02)
    assert (drawn["norm"] == 1).all()


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_what_is_observed_is_what_happens(changes):
    model = model_of(**changes)
    parameters, asked = model.initial([0, 1]), text(2)
    logits, seen = model.observed(parameters, *asked)
    assert torch.equal(logits, model.logits(parameters, *asked))
    assert len(seen) == 2
    for layer in seen:
        torch.testing.assert_close(layer.weights.sum(-1), torch.ones_like(layer.weights[..., 0]))
        if changes.get("attention") == "causal":
            assert (layer.weights.triu(1) == 0).all()


def both_directions(model, parameters) -> tuple[torch.Tensor, torch.Tensor]:
    """S_fwd of [M] R B and S_rev of B R [M] in the first layer, (S, pairs, heads) each, in float64."""
    parameters = {name: value.double() for name, value in parameters.items()}
    seeds = parameters["embedding"].shape[0]
    entities, relation = torch.arange(1, VOCABULARY), torch.zeros(VOCABULARY - 1, dtype=torch.long)
    mask = torch.full_like(entities, MASK)
    forward = torch.stack([mask, relation, entities], -1).expand(seeds, -1, -1)
    backward = torch.stack([entities, relation, mask], -1).expand(seeds, -1, -1)
    positions = torch.arange(LENGTH).expand(forward.shape)
    rows = torch.zeros(seeds, 1, dtype=torch.long)
    _, before = model.observed(parameters, forward, positions, rows)
    _, after = model.observed(parameters, backward, positions, rows)
    return before[0].scores[..., 0, 2], after[0].scores[..., 2, 0]


@pytest.mark.parametrize("kind", ["none", "t5", "alibi", "alibi_signed"])
def test_both_directions_score_alike_where_scores_know_no_positions(kind):
    """r ≡ 1 by construction, before and after any training: biases come on top of the score."""
    model = model_of(position={"kind": kind}, heads=2)
    parameters = model.initial([0, 1])
    if kind == "t5":
        parameters["position"] = torch.randn(parameters["position"].shape, generator=torch.Generator().manual_seed(0))
    forward, backward = both_directions(model, parameters)
    torch.testing.assert_close(forward, backward, atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", ["rope", "learned", "sinusoidal"])
def test_both_directions_score_differently_where_scores_know_positions(kind):
    forward, backward = both_directions(model := model_of(position={"kind": kind}), model.initial([0, 1]))
    assert (forward - backward).abs().max() > 1e-3


@pytest.mark.parametrize(("angle", "sign"), [(0.0, 1), (math.pi / 4, -1), (math.pi / 2, 1)])
def test_one_angle_turns_the_reverse_score_into_plus_or_minus_the_forward_one(angle, sign):
    """The dose's ends and their alias inside the model: the distance is 2, so the directions differ by a turn of 4θ."""
    model = model_of(position={"kind": "rope", "angle": angle})
    forward, backward = both_directions(model, model.initial([0, 1]))
    torch.testing.assert_close(backward, sign * forward, atol=1e-12, rtol=0)


def test_rope_scores_are_products_of_turned_complex_numbers():
    """Coordinates m and m + D/2 as one complex number: a score is Re Σ q̄ k e^{iθ(j − i)} / √D."""
    model = model_of(position={"kind": "rope", "base": 50})
    parameters = {name: value.double() for name, value in model.initial([0]).items()}
    tokens, _, rows = text(1)
    positions = torch.tensor([0, 3, 11]).expand(tokens.shape)
    _, (first, _) = model.observed(parameters, tokens, positions, rows)
    query, key = (torch.complex(*x.chunk(2, dim=-1)) for x in (first.query, first.key))
    frequencies = 50 ** (-torch.arange(2, dtype=torch.float64) / 2)
    apart = (positions[0, 0][None, :] - positions[0, 0][:, None])[..., None] * frequencies
    turn = torch.polar(torch.ones_like(apart), apart)
    scores = torch.einsum("sbihm,sbjhm,ijm->sbhij", query.conj(), key, turn).real / 2
    torch.testing.assert_close(first.scores, scores, atol=1e-7, rtol=0)


def test_position_specific_queries_and_keys_uncouple_the_directions():
    model = model_of(position={"kind": "none"}, query_key="by_position")
    forward, backward = both_directions(model, model.initial([0]))
    assert (forward - backward).abs().max() > 1e-3


@pytest.mark.parametrize("part", ["query_key", "value_output"])
def test_equal_weights_at_all_positions_are_shared_weights(part):
    shared, own = model_of(), model_of(**{part: "by_position"})
    parameters = shared.initial([0, 1])
    names = {"query_key": ("query", "key"), "value_output": ("value", "output")}[part]
    spread = {
        name: value.unsqueeze(1).expand(-1, LENGTH, -1, -1) if name.endswith(names) else value
        for name, value in parameters.items()
    }
    assert {name: value.shape for name, value in spread.items()} == {
        name: value.shape for name, value in own.initial([0, 1]).items()
    }
    torch.testing.assert_close(own.logits(spread, *text(2)), shared.logits(parameters, *text(2)))


def test_tied_models_answer_with_their_embeddings_and_untied_with_their_own():
    tied, untied = model_of(tied=True), model_of(tied=False)
    parameters = tied.initial([0])
    assert "unembedding" not in parameters
    opened = parameters | {"unembedding": parameters["embedding"][:, :VOCABULARY]}
    assert {*opened} == {*untied.initial([0])}
    assert torch.equal(untied.logits(opened, *text(1)), tied.logits(parameters, *text(1)))
    changed = opened | {"unembedding": opened["unembedding"] * 2}
    assert torch.equal(untied.logits(changed, *text(1)), 2 * tied.logits(parameters, *text(1)))


@pytest.mark.parametrize("tied", [True, False])
def test_frozen_embeddings_leave_positions_and_an_untied_unembedding_to_train(tied):
    model = model_of(embeddings="frozen", tied=tied, position={"kind": "learned"})
    assert model_of(tied=tied).frozen == frozenset()
    left = {*model.initial([0])} - model.frozen
    assert "embedding" not in left
    assert "position" in left
    assert ("unembedding" in left) != tied


class TwoTables(Position):
    """An encoding that trains two tables, named as it likes."""

    def shapes(self):
        return {"height": ((self.heads,), 0.0), "output": ((self.heads,), 0.0)}


def test_whatever_an_encoding_trains_is_of_the_group_position(monkeypatch):
    """Also where a table is named like the last word of a weight: `output` is no `layers.0.output`."""
    settings = settings_of(layers=1, mlp=False)
    monkeypatch.setattr(registry, "load", lambda package, name: SimpleNamespace(Encoding=TwoTables))
    model = transformer.Architecture(settings, VOCABULARY, LENGTH)
    groups = {name: model.group(name) for name in model.initial([0])}
    assert [name for name, group in groups.items() if group == "position"] == ["height", "output"]
    assert groups["layers.0.output"] == "value_output"


@pytest.mark.parametrize("kind", registry.names("models.positions"))
def test_an_encoding_names_no_parameter_like_the_model(kind):
    bare = model_of(position={"kind": "none"}, tied=False).initial([0])
    assert not bare.keys() & model_of(position={"kind": kind}).position.shapes().keys()


@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_added_positions_are_as_good_as_other_embeddings(kind):
    """One sentence [x, y, z]: adding positions is reading tokens whose embeddings hold them already."""
    model, bare = model_of(position={"kind": kind}, tied=False), model_of(position={"kind": "none"}, tied=False)
    parameters = model.initial([0])
    tokens, positions = torch.tensor([[[4, 2, 7]]]), torch.tensor([[[0, 1, 2]]])
    rows = torch.arange(3).view(1, 3)
    embedding = parameters["embedding"].clone()
    embedding[:, [4, 2, 7]] += model.position.added(parameters, positions)[:, 0]
    moved = {name: value for name, value in parameters.items() if name != "position"} | {"embedding": embedding}
    expected = bare.logits(moved, tokens, positions, rows)
    torch.testing.assert_close(model.logits(parameters, tokens, positions, rows), expected)
    assert not torch.allclose(bare.logits(parameters, tokens, positions, rows), expected)


def test_without_positions_a_sentence_is_a_bag_of_words():
    model = model_of(position={"kind": "none"})
    parameters, (tokens, positions, rows) = model.initial([0]), text(1)
    order = [2, 0, 1]
    logits = model.logits(parameters, tokens, positions, rows).unflatten(1, (-1, LENGTH))
    turned = model.logits(parameters, tokens[..., order], positions, rows).unflatten(1, (-1, LENGTH))
    torch.testing.assert_close(turned, logits[:, :, order])


def test_a_causal_model_does_not_see_what_comes_later():
    model = model_of(attention="causal")
    parameters, (tokens, positions, rows) = model.initial([0]), text(1)
    other = tokens.clone()
    other[..., 2] = (other[..., 2] + 1) % VOCABULARY
    logits = model.logits(parameters, tokens, positions, rows).unflatten(1, (-1, LENGTH))
    changed = model.logits(parameters, other, positions, rows).unflatten(1, (-1, LENGTH))
    assert torch.equal(logits[:, :, :2], changed[:, :, :2])
    assert not torch.allclose(logits[:, :, 2], changed[:, :, 2])


def test_sentences_of_a_batch_do_not_see_one_another():
    model = model_of()
    parameters, (tokens, positions, rows) = model.initial([0]), text(1)
    other = tokens.clone()
    other[:, 1:] = 0
    first = rows[:, :LENGTH]
    torch.testing.assert_close(
        model.logits(parameters, tokens, positions, first), model.logits(parameters, other, positions, first)
    )


def test_places_are_counted_through_the_flattened_sentences():
    model = model_of()
    parameters, (tokens, positions, rows) = model.initial([0, 1]), text(2)
    every = model.logits(parameters, tokens, positions, rows)
    some = torch.tensor([[5, 0], [7, 11]])
    picked = model.logits(parameters, tokens, positions, some)
    for seed, place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        torch.testing.assert_close(picked[seed, place], every[seed, some[seed, place]])


def test_the_gradient_of_an_unembedding_is_that_of_its_product():
    asked, table = (torch.randn(2, size, 3, dtype=torch.float64, requires_grad=True) for size in (4, 7))
    assert torch.autograd.gradcheck(lambda x, y: Unembedding.apply(x, y, 5), (asked, table))
    plain = torch.einsum("smd,svd->smv", asked, table[:, :5])
    torch.testing.assert_close(Unembedding.apply(asked, table, 5), plain)


def test_an_unembedding_that_does_not_learn_has_no_gradient():
    asked, table = torch.randn(2, 4, 3, requires_grad=True), torch.randn(2, 7, 3)
    slope = torch.autograd.grad(Unembedding.apply(asked, table, 5).sum(), asked)[0]
    torch.testing.assert_close(slope, table[:, :5].sum(1, keepdim=True).expand_as(asked))


def test_places_are_taken_from_each_seed_and_their_gradients_go_back_there():
    hidden = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    rows = torch.tensor([[4, 0], [1, 2]])
    taken = take(hidden, rows)
    assert torch.equal(taken, torch.stack([hidden[0, [4, 0]], hidden[1, [1, 2]]]))
    slope = torch.autograd.grad(taken.sum(), hidden)[0]
    assert slope[..., 0].tolist() == [[1, 0, 0, 0, 1], [0, 1, 1, 0, 0]]


def test_every_parameter_belongs_to_a_part_of_the_model():
    for changes in VARIANTS:
        model = model_of(**changes)
        groups = {model.group(name) for name in model.initial([0])}
        assert {"embedding", "query_key", "value_output", "mlp", "norm"} <= groups


def test_every_parameter_is_trained():
    """No part of the model is idle: each parameter has a gradient."""
    model = model_of(position={"kind": "learned"}, tied=False)
    parameters = {name: value.requires_grad_() for name, value in model.initial([0]).items()}
    logits = model.logits(parameters, *text(1))
    gradients = torch.autograd.grad(logits.square().sum(), parameters.values())
    assert all(gradient.abs().max() > 0 for gradient in gradients)


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda changes: "-".join(map(str, changes.values())))
def test_leaving_out_what_is_not_asked_changes_no_answer(changes):
    model, seeds = model_of(**changes), [3, 7]
    tokens, positions, _ = text(len(seeds))
    rows, every = torch.tensor([[1, 2, 8], [0, 5, 11]]), torch.arange(tokens[0].numel()).repeat(len(seeds), 1)
    parameters = model.initial(seeds)
    asked, answered = (model.logits(parameters, tokens, positions, places) for places in (rows, every))
    torch.testing.assert_close(asked, take(answered, rows), rtol=1e-6, atol=1e-6)
