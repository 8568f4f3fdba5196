"""What one checkpoint is asked: questions in its tokens, and the entities that each answer is ranked among."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from reversal.errors import ReversalError
from reversal.language.probe.loaded import Loaded
from reversal.language.probe.prompts import Asked, Prompt, prompts
from reversal.randomness import stream

Tokens = tuple[int, ...]


class Question(NamedTuple):
    """One question about one fact."""

    number: int
    """Its own, in the table `questions`."""
    fact: int
    relation: str
    told: str
    query: str
    frame: str
    """The relation whose words it is put in."""
    template: int
    trained: bool
    prompt: Prompt
    among: int
    """Which of the quiz's lists of candidates its answer is from."""
    own: int
    """The answer's place in that list; −1 where it was not drawn."""


class Quiz(NamedTuple):
    """All questions of a seed."""

    seed: int
    questions: list[Question]
    candidates: list[list[Tokens]]
    """Lists of entities in tokens, one a relation, query and template: what stands around an entity may decide its tokens."""


def quiz(loaded: Loaded, facts: pa.Table, questions: pa.Table, limit: int) -> Quiz:
    """The questions that a model can be asked; a causal one cannot be asked for what stands before its answer.

    Args:
        loaded: the model.
        facts: the table `facts`.
        questions: the table `questions`.
        limit: candidates of a role and relation; 0 takes all.

    Raises:
        ReversalError: tables of several seeds or of different corpora, or entities that the tokenizer splits elsewhere.
    """
    seed = _seed(facts, questions)
    known = {row["fact"]: row for row in facts.to_pylist()}
    rows = [row for row in questions.to_pylist() if loaded.masked or row["query"] != "source"]
    _refuse_strangers(rows, known)
    asked = [_asked(row) for row in rows]
    kinds = [_kind(row, known) for row in rows]
    some = dict(zip(reversed(kinds), reversed(asked), strict=True))
    entities = {kind: _entities(known, kind.relation, kind.role, limit, seed) for kind in some}
    instead = [some[kind].instead(entity) for kind in some for entity in entities[kind]]
    found = prompts(loaded.tokenizer, [*asked, *instead], loaded.name)
    if not loaded.masked:
        _refuse_openings(found[: len(asked)], asked, loaded.name)
    others = iter(found[len(asked) :])
    candidates = [[next(others).answers for _ in entities[kind]] for kind in some]
    place = {kind: number for number, kind in enumerate(some)}
    own = {kind: {entity: number for number, entity in enumerate(entities[kind])} for kind in some}
    made = [
        _question(
            row, known[row["fact"]], prompt, place[kind], own[kind].get(_entity(known[row["fact"]], kind.role), -1)
        )
        for row, kind, prompt in zip(rows, kinds, found, strict=False)
    ]
    return Quiz(seed, made, candidates)


def _question(row: Mapping[str, Any], fact: Mapping[str, Any], prompt: Prompt, among: int, own: int) -> Question:
    return Question(
        number=row["question"],
        fact=row["fact"],
        relation=fact["relation"],
        told=fact["told"],
        query=row["query"],
        frame=row["frame"],
        template=row["template"],
        trained=row["trained"],
        prompt=prompt,
        among=among,
        own=own,
    )


def _refuse_strangers(rows: Sequence[Mapping[str, Any]], known: Mapping[int, Any]) -> None:
    for row in rows:
        if row["fact"] not in known:
            raise ReversalError(
                f"question {row['question']} is about fact {row['fact']}, which is not in `facts`; write both again"
            )


def _refuse_openings(found: Sequence[Prompt], asked: Sequence[Asked], checkpoint: str) -> None:
    for prompt, one in zip(found, asked, strict=True):
        if prompt.answer[0] == 0:
            raise ReversalError(
                f"{checkpoint}: {one.where}: its answer comes first, and a causal model is asked what comes after; "
                "write the template with its answer at the end"
            )


def _seed(facts: pa.Table, questions: pa.Table) -> int:
    seeds = {*facts["seed"].to_pylist(), *questions["seed"].to_pylist()}
    if len(seeds) != 1:
        raise ReversalError(
            f"facts and questions are of seeds {', '.join(map(str, sorted(seeds))) or 'none'}; give those of one"
        )
    return seeds.pop()


def _asked(row: Mapping[str, Any]) -> Asked:
    spans = [(row[f"{name}_start"], row[f"{name}_end"]) for name in ("answer", "given")]
    return Asked(row["text"], *spans, where=f"question {row['question']}, {row['text']!r}")


class Kind(NamedTuple):
    """Questions that differ in their entities alone."""

    relation: str
    query: str
    frame: str
    template: int
    role: str


def _kind(row: Mapping[str, Any], known: Mapping[int, Any]) -> Kind:
    return Kind(known[row["fact"]]["relation"], row["query"], row["frame"], row["template"], row["answer"])


def _entity(fact: Mapping[str, Any], role: str) -> str:
    return fact["head" if role == "A" else "tail"]


def _entities(known: Mapping[int, Any], relation: str, role: str, limit: int, seed: int) -> Sequence[str]:
    """Entities of one role and relation, each once."""
    every = list(dict.fromkeys(_entity(fact, role) for fact in known.values() if fact["relation"] == relation))
    if not limit or limit >= len(every):
        return every
    drawn = stream(seed, "candidates", relation, role).choice(len(every), limit, replace=False)
    return [every[number] for number in sorted(drawn)]
