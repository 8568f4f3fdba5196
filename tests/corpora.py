"""Small corpora of real facts, written as the stage's first half writes them, and settings of runs on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reversal import tables

FACTS = (
    ("capital", "France", "Paris"),
    ("capital", "Guinea", "Conakry"),
    ("capital", "Guinea-Bissau", "Bissau"),
    ("capital", "Papua New Guinea", "Port Moresby"),
    ("capital", "Chad", "N'Djamena"),
    ("capital", "Ivory Coast", "Yamoussoukro"),
    ("symbol", "gold", "Au"),
    ("symbol", "tungsten", "W"),
)
"""Relation, head, tail: entities of one word and of several, one within another, with signs and without."""

FRAMES = {
    "symmetric": {
        "capital": (("{A} - {B}",), ("{B} - {A}",)),
        "symbol": (("{A} - {B}",), ("{B} - {A}",)),
    },
    "natural": {
        "capital": (
            ("The capital of {A} is {B}.", "In {A}, ministers meet in {B}."),
            ("{B} is the capital of {A}.", "{B} is where the ministers of {A} meet."),
        ),
        "symbol": (("Chemists write {A} as {B}.",), ("{B} is how chemists write {A}.",)),
    },
}
"""Design → relation → frames forward and reverse."""


def corpus(folder: Path, seeds: tuple[int, ...], design: str = "symmetric") -> tuple[Path, Path]:
    """Passages and questions of some seeds; of the natural design every other fact is told both ways."""
    passages, questions = [], []
    for seed in seeds:
        for fact, (relation, head, tail) in enumerate(FACTS):
            for direction, frames in zip(("forward", "reverse"), FRAMES[design][relation], strict=True):
                told = direction == "forward" or (design == "natural" and fact % 2 == 0)
                for template, frame in enumerate(frames):
                    about = {"seed": seed, "fact": fact, "template": template, **filled(frame, head, tail)}
                    if told:
                        number = sum(row["seed"] == seed for row in passages)
                        passages.append({**about, "passage": number, "direction": direction})
                    for query in ("source", "target") if direction == "forward" else ("reverse",):
                        number = sum(row["seed"] == seed for row in questions)
                        asked = {"question": number, "query": query, "frame": relation, "trained": told}
                        questions.append({**about, **asked, **spans(about, "B" if query == "target" else "A")})
    paths = folder / "passages.parquet", folder / "questions.parquet"
    for path, rows in zip(paths, (passages, questions), strict=True):
        write(path, rows)
    return paths


def filled(frame: str, head: str, tail: str) -> dict[str, Any]:
    """The text of a frame, and where A and B stand in it."""
    found: dict[str, Any] = {}
    before, text = "", frame
    for place in sorted(("{A}", "{B}"), key=frame.index):
        entity = head if place == "{A}" else tail
        before, text = text.split(place)[0], text.replace(place, entity)
        letter = place[1].lower()
        found |= {f"{letter}_start": len(before), f"{letter}_end": len(before) + len(entity)}
    return {"text": text, **found}


def spans(about: Mapping[str, Any], answer: str) -> dict[str, Any]:
    """Where answer and given entity of a question stand."""
    letters = {"answer": answer.lower(), "given": "ab".replace(answer.lower(), "")}
    ends = {f"{role}_{end}": about[f"{letter}_{end}"] for role, letter in letters.items() for end in ("start", "end")}
    return {"answer": answer, **ends}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Rows of a table that is named as its file is; what it has no column for is left out."""
    names = tables.entry(path.stem)["columns"]
    tables.write(path, path.stem, {name: [row[name] for row in rows] for name in names})


OBJECTIVES = {
    "MDM": {"kind": "mdm", "whole_entities": False},
    "MDM, whole entities": {"kind": "mdm", "whole_entities": True},
    "MLM": {"kind": "mlm", "rate": 0.3, "whole_entities": False},
    "ARM": {"kind": "arm"},
}
"""Every objective."""


def settings(objective: Mapping[str, Any] = OBJECTIVES["MDM"], steps: int = 8, **more: Any) -> dict[str, Any]:
    """Of a cell with a very small model."""
    return {
        "corpus": {"design": "symmetric"},
        "tokenizer": {"kind": "word"},
        "model": model("modernbert_decoder" if objective["kind"] == "arm" else "modernbert"),
        "objective": dict(objective),
        "optimisation": {
            "steps": steps,
            "batch": 4,
            "learning_rate": 0.01,
            "betas": [0.9, 0.98],
            "weight_decay": 0.01,
            "clip": 1.0,
            "warmup": 0.1,
            "final": 0.05,
        },
        "precision": "float32",
        **more,
    }


def model(kind: str) -> dict[str, Any]:
    """Settings of a very small model."""
    return {"kind": kind, "width": 16, "layers": 2, "heads": 2, "feedforward": 24, "initialiser": 0.08}
