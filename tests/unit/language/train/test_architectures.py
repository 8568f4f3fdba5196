"""Models are transformers' own, drawn by their seed alone, and answer where they are asked as they would in full."""

import pytest
import torch
import torch.nn.functional as F

from reversal import registry
from reversal.language.train import model as models
from reversal.language.train import vocabulary
from reversal.language.train.objectives import arm
from reversal.language.train.sequences import encoded
from reversal.language.train.texts import Text
from reversal.randomness import stream
from tests.corpora import FACTS, model

CPU = torch.device("cpu")
KINDS = registry.names("language.train.architectures")
TEXTS = [Text(f"{head} - {tail} ." * (1 + place % 2), (), "") for place, (_, head, tail) in enumerate(FACTS)]


@pytest.fixture(scope="module")
def word():
    return vocabulary.trained([text.text for text in TEXTS], [], {"kind": "word"})


def parameters(made):
    return dict(made.named_parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_draws_its_model_whatever_was_drawn_before(word, kind):
    first = models.initial(model(kind), word, 3)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again, other = models.initial(model(kind), word, 3), models.initial(model(kind), word, 4)
    assert torch.equal(torch.get_rng_state(), before)
    for name, value in parameters(first).items():
        assert torch.equal(value, parameters(again)[name]), name
        if value.std() > 0:  # the gains and the bias are 1 and 0 in all of them
            assert not torch.equal(value, parameters(other)[name]), name


def test_the_causal_twin_is_as_large():
    """And as many are counted as there are by hand: V d + V + d (2 + …) with gains and no other bias."""
    settings, tokenizer = model("modernbert"), vocabulary.trained(["a b"], [], {"kind": "word"})
    width, inner, words = settings["width"], settings["feedforward"], tokenizer.get_vocab_size()
    layer = 3 * width**2 + width**2 + 2 * width * inner + inner * width
    gains = 1 + 1 + 2 + 1 + 1  # embeddings; each layer's feedforward, the second's attention; end; head
    by_hand = words * width + words + 2 * layer + width**2 + gains * width
    for kind in KINDS:
        assert models.size(models.initial(model(kind), tokenizer, 0)) == by_hand


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_are_asked_are_those_of_the_whole_model(word, kind):
    """The model's own forward pass of each text by itself; one of them is longer than local attention reaches."""
    of, made = models.architecture(model(kind)), models.initial(model(kind), word, 3)
    long = Text(" ".join(FACTS[0][1:] * 75), (), "")
    text, _ = encoded([*TEXTS, long], word, 1000)
    assert text.lengths().max() > 2 * made.config.sliding_window
    weights = (text.units >= 0) * 0.5
    weights[:, 2] = 0
    batch = of.asked(text, weights, word.token_to_id(vocabulary.MASK))
    found = models.logits(of, made, batch, CPU)
    for line in range(len(text.tokens)):
        alone = torch.from_numpy(batch.tokens[batch.texts == line][None])
        here = batch.texts.ravel()[batch.rows] == line
        whole = made(input_ids=alone).logits[0, batch.positions.ravel()[batch.rows[here]]]
        torch.testing.assert_close(found[here], whole, atol=1e-5, rtol=1e-5)


def test_the_arm_s_loss_is_the_library_s(word):
    """Its own mean over the tokens of each text, and the mean of these."""
    of, made = models.architecture(model("modernbert_decoder")), models.initial(model("modernbert_decoder"), word, 3)
    text, _ = encoded(TEXTS, word, 100)
    batch = of.asked(text, arm.weights(text, stream(0), {}), word.token_to_id(vocabulary.MASK))
    nll = F.cross_entropy(
        models.logits(of, made, batch, CPU), torch.from_numpy(batch.targets), reduction="none"
    ) @ torch.from_numpy(batch.weights)
    own = []
    for tokens, length in zip(text.tokens, text.lengths(), strict=True):
        alone = torch.from_numpy(tokens[None, : 1 + length])
        own.append(made(input_ids=alone, labels=alone).loss)
    torch.testing.assert_close(nll, torch.stack(own).mean())


def test_a_causal_model_does_not_see_what_it_is_asked(word):
    of, made = models.architecture(model("modernbert_decoder")), models.initial(model("modernbert_decoder"), word, 3)
    text, _ = encoded(TEXTS[:1], word, 100)
    weights = (text.units == 2) * 1.0
    batch = of.asked(text, weights, word.token_to_id(vocabulary.MASK))
    other = batch._replace(tokens=batch.tokens.copy())
    other.tokens[0, 3:] = word.token_to_id("Chad")
    assert not (other.tokens == batch.tokens).all()
    assert torch.equal(models.logits(of, made, batch, CPU), models.logits(of, made, other, CPU))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_as_spread_as_the_settings_say(word, kind):
    """A normal distribution of this standard deviation cut off at two of them has .8796 of it."""
    drawn = models.initial(model(kind) | {"width": 64, "feedforward": 256, "initialiser": 0.08}, word, 0)
    found = parameters(drawn)["model.layers.0.mlp.Wi.weight"].std().item()
    assert found == pytest.approx(0.8796 * 0.08, rel=0.02)
