"""An entity is the same tokens wherever it stands, a text always makes one tokenizer, and transformers loads it."""

import hashlib
import subprocess
import sys

import pytest
from transformers import AutoTokenizer

from reversal.language.train import vocabulary
from tests.configs import ROOT
from tests.corpora import FACTS

WORD, BPE = {"kind": "word"}, {"kind": "bpe", "vocabulary": 90}
ENTITIES = [entity for _, head, tail in FACTS for entity in (head, tail)]
TEXTS = [f"{head} - {tail}" for _, head, tail in FACTS]
BEGINNING = [vocabulary.BEGINNING]


@pytest.fixture
def word():
    return vocabulary.trained(TEXTS, ENTITIES, WORD)


@pytest.fixture
def bpe():
    return vocabulary.trained(TEXTS, ENTITIES, BPE)


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_is_one_word_whatever_it_holds(word, entity):
    assert word.encode(f"{entity} - {entity}.").tokens[1:4] == [entity, "-", entity]


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("text", ["{} - x", "x - {}", "x ({}), x", "x {}."])
def test_an_entity_is_cut_alike_wherever_it_stands(bpe, entity, text):
    alone, start = bpe.encode(entity).tokens[1:], text.index("{")
    made = bpe.encode(text.format(entity))
    place = next(place for place, (first, _) in enumerate(made.offsets) if first >= start and place)
    assert made.tokens[place : place + len(alone)] == alone
    assert made.offsets[place][0] == start
    assert made.offsets[place + len(alone) - 1][1] == start + len(entity)


def test_an_entity_within_a_word_is_not_that_word(word):
    assert word.encode("Chadian Port Moresbyan").tokens == [*BEGINNING, vocabulary.UNKNOWN, *[vocabulary.UNKNOWN] * 2]


def test_every_text_stands_behind_a_beginning_token_with_no_place_of_its_own(word):
    made = word.encode("Chad - x")
    assert made.tokens[:1] == BEGINNING
    assert made.offsets == [(0, 0), (0, 4), (5, 6), (7, 8)]


def test_special_tokens_have_the_same_numbers_in_every_vocabulary(word, bpe):
    for tokenizer in (word, bpe):
        assert [tokenizer.token_to_id(token) for token in vocabulary.SPECIAL] == [0, 1, 2, 3]


def test_pairs_are_merged_up_to_the_size_that_is_asked(bpe):
    characters = {letter for text in TEXTS for letter in text.replace(" ", "▁")}
    assert bpe.get_vocab_size() == 90 > len(characters) + len(vocabulary.SPECIAL)
    assert any(len(bpe.encode(entity).tokens) > 3 for entity in ENTITIES)
    larger = vocabulary.trained(TEXTS, ENTITIES, {"kind": "bpe", "vocabulary": 2000})
    words = {entity for entity in ENTITIES if entity.isalpha()}
    assert {word for word in words if len(larger.encode(word).tokens) == 2} == words
    assert larger.get_vocab_size() < 2000


@pytest.mark.parametrize("kind", [WORD, BPE], ids=["word", "bpe"])
def test_another_process_makes_the_same_tokenizer(kind):
    code = (
        "import hashlib; from reversal.language.train import vocabulary; from tests.unit.language.train.test_tokenizers import *;"
        f"print(hashlib.sha256(vocabulary.trained(TEXTS, ENTITIES, {kind}).to_str().encode()).hexdigest())"
    )
    here = {"PYTHONPATH": f"{ROOT / 'workflow'}:{ROOT}", "PYTHONHASHSEED": "7"}
    ran = subprocess.run([sys.executable, "-c", code], check=True, env=here, capture_output=True, text=True)
    made = vocabulary.trained(TEXTS, ENTITIES, kind).to_str()
    assert ran.stdout.strip() == hashlib.sha256(made.encode()).hexdigest()


@pytest.mark.parametrize("kind", [WORD, BPE], ids=["word", "bpe"])
def test_transformers_loads_it_from_the_folder(tmp_path, kind):
    made = vocabulary.trained(TEXTS, ENTITIES, kind)
    vocabulary.save(made, tmp_path, 64)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    for text in (*TEXTS, "Papua New Guinea - [MASK]"):
        found = loaded(text, return_offsets_mapping=True)
        assert found["input_ids"] == made.encode(text).ids
        assert found["offset_mapping"] == made.encode(text).offsets
    assert (loaded.pad_token_id, loaded.unk_token_id, loaded.bos_token_id, loaded.mask_token_id) == (0, 1, 2, 3)
    assert loaded("Chad - [MASK]")["input_ids"][-1] == loaded.mask_token_id
    assert len(loaded) == made.get_vocab_size()
    assert loaded.model_max_length == 64
