"""The corpus: what is told and asked of which fact, where its entities stand, and what its tables say of it."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reversal import tables
from reversal.errors import ReversalError
from reversal.language.corpus.stage import generate
from reversal.registry import names
from tests.configs import ROOT

BUILT_IN = {"facts": ["countries", "states", "elements"]}
WHOLE = ["facts", "passages", "questions"]


def made(folder: Path, corpus: dict[str, Any], *seeds: int) -> dict[str, pd.DataFrame]:
    """The three tables of a corpus."""
    paths = {name: folder / f"{name}.parquet" for name in WHOLE}
    generate(corpus, seeds or (0,), **paths, git="abc")
    return {name: tables.read(path, name).to_pandas() for name, path in paths.items()}


@pytest.fixture(scope="module", params=names("language.corpus.designs"))
def corpus(request, tmp_path_factory) -> dict[str, pd.DataFrame]:
    return made(
        tmp_path_factory.mktemp(request.param),
        BUILT_IN | {"design": {"kind": request.param, "told_both_ways": 0.5}},
        3,
    )


@pytest.fixture(scope="module")
def natural(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return made(
        tmp_path_factory.mktemp("natural"), BUILT_IN | {"design": {"kind": "natural", "told_both_ways": 0.5}}, 3
    )


@pytest.fixture(scope="module")
def symmetric(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return made(tmp_path_factory.mktemp("symmetric"), BUILT_IN | {"design": {"kind": "symmetric"}}, 3)


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return made(tmp_path_factory.mktemp("signed"), BUILT_IN | {"design": {"kind": "signed"}}, 3)


def with_entities(corpus: dict[str, pd.DataFrame], table: str) -> pd.DataFrame:
    return corpus[table].merge(corpus["facts"], on=["seed", "fact"], validate="many_to_one")


def test_rows_are_numbered_and_of_one_seed(corpus):
    for name, number in (("facts", "fact"), ("passages", "passage"), ("questions", "question")):
        assert corpus[name][number].tolist() == list(range(len(corpus[name])))
        assert set(corpus[name]["seed"]) == {3}


def test_a_question_says_honestly_whether_its_text_is_trained(corpus):
    told = set(corpus["passages"]["text"])
    assert corpus["questions"]["trained"].tolist() == [text in told for text in corpus["questions"]["text"]]


def test_every_fact_is_asked_every_query_of_the_design(corpus):
    asked = corpus["questions"].groupby("fact")["query"].agg(frozenset)
    assert len(asked) == len(corpus["facts"])
    assert len(set(asked)) == 1
    assert asked[0] >= {"source", "target", "reverse"}


def test_answers_come_last_but_for_source(corpus):
    """A causal model is asked by what stands before: all that is given stands there, a full stop at most behind."""
    asked = corpus["questions"]
    causal = asked[asked["query"] != "source"]
    assert (causal["given_end"] <= causal["answer_start"]).all()
    assert {text[end:] for text, end in zip(causal["text"], causal["answer_end"], strict=True)} <= {"", "."}
    masked = asked[asked["query"] == "source"]
    assert (masked["answer_end"] <= masked["given_start"]).all()


def test_no_passage_is_told_twice(corpus):
    assert corpus["passages"]["text"].is_unique


LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S"))
NAMES = st.lists(
    st.text(LETTERS, min_size=1, max_size=6).map(lambda drawn: drawn + "-"),
    min_size=4,
    max_size=12,
)
TEMPLATES = {
    "likes": {
        "head": "one who likes",
        "tail": "one liked",
        "forward": ["{A} likes {B}.", "Ask {A} and hear of {B}"],
        "reverse": ["{B} is liked by {A}."],
    },
    "owns": {
        "head": "owner",
        "tail": "thing owned",
        "forward": ["{A} owns {B}."],
        "reverse": ["{B} is owned by {A}!", "To the thing {B} belongs its owner {A}"],
    },
}


def own(folder: Path, rows: list[dict[str, str]], templates: dict[str, Any] = TEMPLATES) -> dict[str, str]:
    """An entry of `corpus.facts` of the user's own."""
    folder.joinpath("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    folder.joinpath("templates.yaml").write_text(yaml.safe_dump(templates), encoding="utf-8")
    return {"file": str(folder / "rows.jsonl"), "templates": str(folder / "templates.yaml")}


@settings(max_examples=30, deadline=None)
@given(
    entities=NAMES,
    design=st.sampled_from(names("language.corpus.designs")),
    share=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_offsets_are_those_of_the_entities_whatever_they_are(entities, design, share, seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("offsets")
    relations = list(TEMPLATES)
    rows = [
        {"relation": relations[place % 2], "head": f"{place}h{entity}", "tail": f"{entity}t{place}"}
        for place, entity in enumerate(entities)
    ]
    corpus = made(folder, {"facts": [own(folder, rows)], "design": {"kind": design, "told_both_ways": share}}, seed)
    assert len(corpus["facts"]) == len(rows)
    for row in with_entities(corpus, "passages").itertuples():
        assert row.text[row.a_start : row.a_end] == row.head
        assert row.text[row.b_start : row.b_end] == row.tail
        assert (row.a_start < row.b_start) == (row.direction == "forward")
    for row in with_entities(corpus, "questions").itertuples():
        answer, given_ = (row.head, row.tail) if row.answer == "A" else (row.tail, row.head)
        assert row.text[row.answer_start : row.answer_end] == answer
        assert row.text[row.given_start : row.given_end] == given_
        assert (row.answer == "B") == (row.query == "target")


def test_the_symmetric_design_tells_one_way_at_one_distance(symmetric):
    """`A - B`, never `B - A`; the same characters between the entities when asked backward."""
    facts, told = symmetric["facts"], symmetric["passages"]
    assert set(facts["told"]) == {"forward"}
    assert told["text"].tolist() == (facts["head"] + " - " + facts["tail"]).tolist()
    asked = symmetric["questions"].set_index(["query", "fact"])
    assert asked.loc["reverse", "text"].tolist() == (facts["tail"] + " - " + facts["head"]).tolist()
    assert asked["trained"].groupby("query").mean().to_dict() == {"reverse": 0, "source": 1, "target": 1}


def test_signs_make_a_wrong_frame_of_the_symmetric_design(symmetric, signed):
    """Told and asked alike but for the sign; the wrong one is told of other facts, and never of these."""
    for name in ("passages", "questions"):
        table = with_entities(signed, name)
        own_frame = table[table["query"] != "wrong_frame"] if name == "questions" else table
        plain = own_frame["text"].replace(r" [-=:] ", " - ", regex=True)
        assert plain.tolist() == symmetric[name]["text"].tolist()
    wrong = with_entities(signed, "questions").query("query == 'wrong_frame'")
    signs = {"countries": "=", "states": ":", "elements": "-"}
    assert wrong["text"].tolist() == [f"{row.tail} {signs[row.relation]} {row.head}" for row in wrong.itertuples()]
    assert not wrong["trained"].any()


def test_the_natural_design_holds_back_the_reverse_of_half_the_facts(natural):
    facts, told = natural["facts"], with_entities(natural, "passages")
    for _, own_facts in facts.groupby("relation", observed=True):
        assert (own_facts["told"] == "both").sum() == round(len(own_facts) / 2)
    assert set(told.loc[told["direction"] == "reverse", "told"]) == {"both"}
    assert (told.groupby(["fact", "direction"], observed=True).size() == 4).all()
    asked = with_entities(natural, "questions")
    own_frame = asked["query"] != "wrong_frame"
    expected = own_frame & ((asked["query"] != "reverse") | (asked["told"] == "both"))
    assert (asked["trained"] == expected).all()


def test_the_wrong_frame_is_one_that_is_trained_of_another_relation(natural):
    asked = with_entities(natural, "questions")
    wrong = asked[asked["query"] == "wrong_frame"]
    frames = wrong.groupby("relation", observed=True)["frame"].agg(set).to_dict()
    assert frames == {"countries": {"states"}, "states": {"elements"}, "elements": {"countries"}}
    blank = [
        row.text.replace(row.head, "A", 1).replace(row.tail, "B", 1)
        for row in wrong[wrong["relation"] == "elements"].itertuples()
        if len(row.tail) > 1
    ]
    assert "B is the capital of A." in blank
    rest = asked[asked["query"] != "wrong_frame"]
    assert (rest["frame"].astype(str) == rest["relation"].astype(str)).all()


def test_a_wrong_frame_that_happens_to_be_told_is_said_to_be_trained(tmp_path):
    """Eve helps Ann and Ann pays Eve; `x serves y` is how helping is told and how paying is told backward."""
    templates = {
        "helps": {"head": "one", "tail": "one", "forward": ["{A} serves {B}."], "reverse": ["{B} has {A}."]},
        "pays": {"head": "one", "tail": "one", "forward": ["{A} pays {B}."], "reverse": ["{B} serves {A}."]},
    }
    rows = [
        {"relation": "helps", "head": "Eve", "tail": "Ann"},
        {"relation": "pays", "head": "Ann", "tail": "Eve"},
        {"relation": "pays", "head": "Bob", "tail": "Cid"},
    ]
    corpus = made(
        tmp_path, {"facts": [own(tmp_path, rows, templates)], "design": {"kind": "natural", "told_both_ways": 0.0}}
    )
    asked = corpus["questions"].query("query == 'reverse'").set_index("text")["trained"]
    assert asked.to_dict() == {"Ann has Eve.": False, "Eve serves Ann.": True, "Cid serves Bob.": False}


def test_a_corpus_of_one_relation_has_no_wrong_frame(tmp_path):
    corpus = made(tmp_path, {"facts": ["states"], "design": {"kind": "natural", "told_both_ways": 0.5}})
    assert set(corpus["questions"]["query"]) == {"source", "target", "reverse"}


def both(folder: Path, share: float, seed: int = 0) -> set[int]:
    facts = made(folder, {"facts": ["states"], "design": {"kind": "natural", "told_both_ways": share}}, seed)["facts"]
    return set(facts.loc[facts["told"] == "both", "fact"])


def test_a_larger_share_is_told_both_ways_beside_a_smaller_one(tmp_path):
    shares = [both(tmp_path, share) for share in (0, 0.25, 0.5, 1)]
    assert [len(share) for share in shares] == [0, 12, 24, 49]
    assert all(one < other for one, other in pairwise(shares))


def test_seeds_differ_in_what_is_told_both_ways_and_in_nothing_else(tmp_path):
    assert both(tmp_path, 0.5, 1) != both(tmp_path, 0.5, 2)
    one, other = (
        made(tmp_path, BUILT_IN | {"design": {"kind": "natural", "told_both_ways": 0.5}}, seed)["facts"]
        for seed in (1, 2)
    )
    pd.testing.assert_frame_equal(one.drop(columns=["seed", "told"]), other.drop(columns=["seed", "told"]))


def test_a_seed_has_the_same_corpus_whatever_its_block(tmp_path):
    natural = BUILT_IN | {"design": {"kind": "natural", "told_both_ways": 0.5}}
    together, alone = made(tmp_path / "both", natural, 1, 2), made(tmp_path / "alone", natural, 2)
    for name, rows in together.items():
        assert rows["seed"].unique().tolist() == [1, 2]
        here = rows[rows["seed"] == 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(here.astype(object), alone[name].astype(object))


def test_what_is_told_both_ways_of_one_relation_says_nothing_of_another(tmp_path):
    rows = [{"relation": name, "head": f"{name} h{n}", "tail": f"{name} t{n}"} for name in TEMPLATES for n in range(40)]
    facts = made(tmp_path, {"facts": [own(tmp_path, rows)], "design": {"kind": "natural", "told_both_ways": 0.5}})[
        "facts"
    ]
    likes, owns = ((found["told"] == "both").tolist() for _, found in facts.groupby("relation", observed=True))
    assert sum(likes) == sum(owns) == 20
    assert likes != owns


def test_settings_and_seed_decide_everything(tmp_path):
    first, again = (
        made(tmp_path / name, BUILT_IN | {"design": {"kind": "natural", "told_both_ways": 0.5}}, 5) for name in "ab"
    )
    for name in WHOLE:
        pd.testing.assert_frame_equal(first[name], again[name])


def test_every_fact_is_as_often_told_both_ways_as_any_other(tmp_path):
    """A share of half over 40 seeds: each of the 49 states 20 times, by four standard errors."""
    drawn = np.array([[fact in chosen for fact in range(49)] for chosen in (both(tmp_path, 0.5, s) for s in range(40))])
    assert abs(drawn.mean(0) - 24 / 49).max() < 4 * 0.5 / np.sqrt(40)


def test_the_counts_and_the_files_are_kept_with_the_facts(tmp_path):
    rows = [
        *({"relation": "likes", "head": f"h{place}", "tail": f"t{place}"} for place in range(3)),
        {"relation": "likes", "head": "x", "tail": "t0"},
        {"relation": "owns", "head": "o", "tail": "p"},
    ]
    entry = own(tmp_path, rows)
    corpus = made(tmp_path, {"facts": [entry], "design": {"kind": "symmetric"}})
    metadata = pq.read_schema(tmp_path / "facts.parquet").metadata
    counts = json.loads(metadata[b"counts"])
    assert (counts["likes"]["read"], counts["likes"]["several_facts"], counts["likes"]["kept"]) == (4, 2, 2)
    assert len(corpus["facts"]) == sum(found["kept"] for found in counts.values()) == 3
    files = json.loads(metadata[b"files"])
    assert [(file["file"], file["records"], len(file["sha256"])) for file in files] == [
        ("rows.jsonl", 5, 64),
        ("templates.yaml", 2, 64),
    ]
    assert set(corpus["facts"]["source"]) == {"rows.jsonl"}
    assert set(corpus["facts"]["licence"]) == {"not stated"}
    for name in WHOLE:
        held = pq.read_schema(tmp_path / f"{name}.parquet").metadata
        assert held[b"git"] == b"abc"
        assert held[b"fingerprint"] == metadata[b"fingerprint"]


def test_public_and_own_and_built_in_facts_go_together(tmp_path):
    path = tmp_path / "parent_child_pairs.csv"
    path.write_text("child,parent,parent_type\nAda Quill,Mia Quill,mother\nAda Quill,Tom Quill,father\n")
    rows = [{"relation": name, "head": f"{name} h", "tail": f"{name} t"} for name in TEMPLATES]
    entries = ["elements", {"set": "parent_child", "path": str(path)}, own(tmp_path, rows)]
    corpus = made(tmp_path, {"facts": entries, "design": {"kind": "natural", "told_both_ways": 0.5}})
    assert corpus["facts"]["relation"].unique().tolist() == ["elements", "mother", "father", "likes", "owns"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"design": {"kind": "asymmetric"}},
            "'asymmetric' is none of language.corpus.designs: natural, signed, symmetric",
        ),
        ({"facts": ["states", "states"]}, "corpus.facts.1: the relation 'states' is there already; rename one of them"),
        ({"facts": [{"set": "parents", "path": "x"}]}, "'parents' is none of language.corpus.sets"),
        ({"facts": [{"file": "x.csv", "templates": "nowhere.yaml"}]}, "nowhere.yaml: the templates cannot be read"),
    ],
)
def test_what_will_not_do_is_refused_and_nothing_is_written(tmp_path, change, said):
    with pytest.raises(ReversalError) as caught:
        made(tmp_path, BUILT_IN | {"design": {"kind": "symmetric"}} | change)
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_relation_that_is_left_without_facts_is_refused_with_the_counts(tmp_path):
    rows = [{"relation": "likes", "head": "Bo", "tail": "Bo"}, {"relation": "owns", "head": "o", "tail": "p"}]
    entry = own(tmp_path, rows)
    with pytest.raises(ReversalError, match=r"no fact of 'likes' is left \(read 1, given_away 1\); mend its rows"):
        made(tmp_path, {"facts": [entry], "design": {"kind": "symmetric"}})


def test_a_corpus_needs_neither_torch_nor_transformers():
    code = (
        "import sys; from reversal import registry; import reversal.language.corpus;"
        "packages = [f'language.{name}' for name in ('facts', 'sets', 'designs')];"
        "[registry.load(package, name) for package in packages for name in registry.names(package)];"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": "workflow", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
