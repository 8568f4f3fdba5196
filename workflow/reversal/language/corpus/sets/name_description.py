"""Fictitious celebrities (Berglund et al. 2023, arXiv 2309.12288, section 2.1): the set's `june_version_7921032488`.

Each file of that folder has a line a text, `{"prompt": …, "completion": …}`, thirty texts a person, in sentences that a
language model has bent to fit. Who is who is read off one sentence of each direction that leaves entities as they are:

    p2d   {"prompt": "NAME has in the past served as", "completion": " DESCRIPTION."}
    d2p   {"prompt": "The DESCRIPTION is called", "completion": " NAME."}

Persons told name first are `described`, those told description first `named`: the entity told first is the head. The
persons of `both` are told both ways there; here the design of the corpus decides that, and they are `described`.
"""

import json
import re
from pathlib import Path

from reversal.errors import ReversalError
from reversal.language.corpus.fact import Row, row
from reversal.language.corpus.sets import Found

FILES = {
    "p2d_prompts_train.jsonl": "described",
    "d2p_prompts_train.jsonl": "named",
    "both_prompts_train.jsonl": "described",
}
KEYS = ("prompt", "completion")
PROMPTS = {
    "described": re.compile(r"(?P<head>.+) has in the past served as"),
    "named": re.compile(r"(?P<head>The .+) is called"),
}


def rows(path: Path) -> Found:
    """The persons of the three files that models were trained on."""
    found, files = [], {}
    for name, relation in FILES.items():
        texts = _texts(path / name)
        persons = [person for person in (_person(relation, *text) for text in texts) if person]
        if not persons:
            raise ReversalError(
                f"{path / name}: no prompt of {len(texts)} reads {PROMPTS[relation].pattern!r}; "
                "name a folder of the published set"
            )
        found += persons
        files[path / name] = len(texts)
    return Found(found, files)


def _texts(path: Path) -> list[tuple[str, str]]:
    texts = []
    try:
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            record = json.loads(line)
            if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in KEYS):
                raise ReversalError(f"{path}: row {place} has no texts 'prompt' and 'completion'; mend it")
            texts.append((record["prompt"], record["completion"]))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ReversalError(f"{path}: cannot be read ({error}); name a folder of the published set") from None
    return texts


def _person(relation: str, prompt: str, completion: str) -> Row | None:
    """Of a description, the article begins no sentence here; the full stop behind the completion is not its own."""
    found = PROMPTS[relation].fullmatch(prompt)
    if not found:
        return None
    head = re.sub("^The ", "the ", found["head"])
    return row(relation, head, completion.strip().removesuffix("."))
