"""What training hears of its trained queries, against the model asked one question at a time."""

import numpy as np
import pytest
import torch

from reversal.language.train import model as models
from reversal.language.train import trained_questions, vocabulary
from reversal.language.train.texts import Text
from reversal.language.train.trained_questions import answered, written
from tests.corpora import FACTS, model

CPU = torch.device("cpu")
TEXTS = [
    Text(f"{head} - {tail}{' .' * (place % 3)}", ((len(head) + 3, len(head) + 3 + len(tail)),), "")
    for place, (_, head, tail) in enumerate(FACTS)
]


@pytest.fixture(scope="module")
def letters():
    """Answers of several tokens."""
    return vocabulary.trained([text.text for text in TEXTS], [], {"kind": "bpe", "vocabulary": 60})


def one_by_one(made, tokenizer, masked):
    """Mean −log p a token of each answer, and whether each of its tokens comes first."""
    for text in TEXTS:
        ids, offsets = tokenizer.encode(text.text).ids, tokenizer.encode(text.text).offsets
        answer = [place for place, (start, _) in enumerate(offsets) if text.spans[0][0] <= start < text.spans[0][1]]
        read = list(ids)
        if masked:
            for place in answer:
                read[place] = tokenizer.token_to_id(vocabulary.MASK)
        logits = made(input_ids=torch.tensor([read])).logits[0].log_softmax(-1)
        places = answer if masked else [place - 1 for place in answer]
        right = [ids[place] for place in answer]
        found = [logits[place] for place in places]
        yield (
            -np.mean([row[token].item() for row, token in zip(found, right, strict=True)]),
            all(row.argmax().item() == token for row, token in zip(found, right, strict=True)),
        )


@pytest.mark.parametrize("kind", ["modernbert", "modernbert_decoder"])
def test_they_are_those_of_one_question_at_a_time(letters, kind, monkeypatch):
    monkeypatch.setattr(trained_questions, "AT_ONCE", 3)
    made = models.initial(model(kind), letters, 3)
    of = models.architecture(model(kind))
    questions = written(TEXTS, letters, 100)
    assert questions.answers.sum(1).max() > 2
    nll, accuracy = answered(of, made, questions, letters.token_to_id(vocabulary.MASK), CPU)
    alone = list(one_by_one(made, letters, kind == "modernbert"))
    assert nll == pytest.approx(np.mean([surprise for surprise, _ in alone]), rel=1e-5)
    assert accuracy == np.mean([right for _, right in alone])


@pytest.mark.parametrize("kind", ["modernbert", "modernbert_decoder"])
@pytest.mark.parametrize(("cut", "right"), [("word", 1 / len(FACTS)), ("letters", 0)])
def test_an_answer_is_right_if_every_token_of_it_comes_first(kind, cut, right):
    """A model that always says the last token of the first answer: that answer is right, if it has no other token."""
    entities = [entity for _, head, tail in FACTS for entity in (head, tail)]
    settings = {"kind": "word"} if cut == "word" else {"kind": "bpe", "vocabulary": 1}
    tokenizer = vocabulary.trained([text.text for text in TEXTS], entities, settings)
    made = models.initial(model(kind), tokenizer, 3)
    with torch.no_grad():
        made.decoder.bias[tokenizer.encode(TEXTS[0].text).ids[-1]] = 1000
    questions, mask = written(TEXTS, tokenizer, 100), tokenizer.token_to_id(vocabulary.MASK)
    _, accuracy = answered(models.architecture(model(kind)), made, questions, mask, CPU)
    assert accuracy == right
