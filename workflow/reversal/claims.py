"""`python -m reversal claims [id]`: the ledger as a study has judged it, every claim in a line or one with all its numbers.

With `--markdown` the whole ledger as a document, and with `--beside` the verdicts of the same claims on other seeds.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reversal import ledger, tables, validation
from reversal.errors import ReversalError

COLOURS = {"supported": "blue", "contradicted": "red", "inconclusive": "bright_black"}


def show(table: str | Path, name: str | None = None) -> None:
    """Print the claims of a study.

    Args:
        table: the study's table `claims`.
        name: identifier of one claim; all if none is named.

    Raises:
        ReversalError: the study has judged no claims, or not this one.
    """
    judged = tables.read(table, "claims").to_pandas()
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    if name is None:
        console.print(_all(judged))
        counts = judged["verdict"].value_counts()
        said = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in COLOURS)
        console.print(
            f"\n{len(judged)} claims: {said}. Ledger {judged['ledger'].min()}, seeds {judged['seeds'].min()}."
        )
    else:
        console.print(_one(_named(judged, name)))


def warn(table: str | Path, names: Sequence[str]) -> None:
    """Say on standard error if the ledger, as the config names its files, is another than a study's claims were judged by."""
    judged = set(tables.read(table, "claims", ["ledger"])["ledger"].to_pylist())
    if judged - {ledger.digest(map(ledger.path, names))}:
        files = " + ".join(names) or "no file"
        print(
            f"reversal: {files}: not the ledger that {table} was judged by, {judged.pop()[:12]}…; "
            "`snakemake statistics` (or `language`) judges it anew",
            file=sys.stderr,
        )


def markdown(table: str | Path, others: Sequence[str | Path] = ()) -> str:
    """The ledger of a study as a document, with a column of verdicts for each study of other seeds.

    Raises:
        ReversalError: a study has judged no claims, or by another ledger.
    """
    judged, *beside = (tables.read(path, "claims").to_pandas() for path in (table, *others))
    for path, other in zip(others, beside, strict=True):
        if other["ledger"].min() != judged["ledger"].min():
            raise ReversalError(f"{path}: judged by another ledger than {table}; run both with the same one")
    seeds = [study["seeds"].min() for study in (judged, *beside)]
    lines = [
        "# The ledger",
        "",
        f"Every claim of the ledger's files (SHA-256 of one after the other `{judged['ledger'].min()}`) about what was run, as it "
        f"came out on seeds {seeds[0]}, of language models on the first of them; n counts the runs that learnt. "
        "Bounds, tests and corrections: `python -m reversal claims <claim>`.",
        *_agreement(judged, beside, seeds),
        *_by_experiment(judged),
    ]
    for family, claims in judged.groupby("family", sort=False):
        heads = [
            "claim",
            "",
            "estimate [95 %]",
            "against",
            "p (Holm)",
            "n",
            "verdict",
            *(f"on {name}" for name in seeds[1:]),
        ]
        lines += ["", f"## {family}", "", _row(heads), _row(["---"] * len(heads))]
        for _, claim in claims.iterrows():
            verdicts = [_named(other, claim["claim"])["verdict"] for other in beside]
            told = [f"`{claim['claim']}`", claim["statement"], *_numbers(claim), claim["verdict"]]
            lines.append(_row([*told, *(v if v == claim["verdict"] else f"**{v}**" for v in verdicts)]))
    return "\n".join(lines)


def _agreement(judged: pd.DataFrame, others: Sequence[pd.DataFrame], seeds: Sequence[str]) -> list[str]:
    """How many verdicts other seeds share, and which they do not."""
    if not others:
        return []
    verdicts = pd.concat([study.set_index("claim")["verdict"] for study in (judged, *others)], axis=1)
    differing = verdicts.index[verdicts.nunique(axis=1) > 1]
    names = "".join(f" `{name}`" for name in differing)
    told = f"{len(verdicts) - len(differing)} of {len(verdicts)} verdicts are the same on seeds {', '.join(seeds[1:])}"
    return ["", f"{told}. They differ for:{names}." if names else f"{told}."]


def _by_experiment(judged: pd.DataFrame) -> list[str]:
    """How many claims of each experiment came out in which way, and which were not supported."""
    heads = ["experiment", *COLOURS]
    lines = ["", "## By experiment", "", _row(heads), _row(["---"] * len(heads))]
    for experiment, claims in judged.groupby("experiment", sort=False):
        named = {verdict: list(claims["claim"][claims["verdict"] == verdict]) for verdict in COLOURS}
        told = [", ".join([str(len(names)), *map("`{}`".format, names)]) for names in list(named.values())[1:]]
        lines.append(_row([f"`{experiment}`", str(len(named["supported"])), *told]))
    return lines


def _row(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"


def _named(judged: pd.DataFrame, name: str) -> pd.Series:
    known = list(judged["claim"])
    if name not in known:
        raise ReversalError(
            f"claims: {validation.short(name)} is no claim of this study{validation.nearest(name, known)}; "
            "`python -m reversal claims` lists them"
        )
    return judged[judged["claim"] == name].iloc[0]


def _all(judged: pd.DataFrame) -> Table:
    """A line a claim, family by family."""
    table = Table(box=None, header_style="bold")
    for column in ("claim", "verdict", "estimate", "against", "p (Holm)", "n"):
        table.add_column(column, justify="left" if column in ("claim", "verdict") else "right")
    for family, claims in judged.groupby("family", sort=False):
        table.add_row(Text(family, style="bold"))
        for _, claim in claims.iterrows():
            table.add_row(f"  {claim['claim']}", _verdict(claim), *_numbers(claim))
    return table


def _one(claim: pd.Series) -> Table:
    """All that the ledger says of a claim."""
    estimate, against, p_adjusted, _ = _numbers(claim)
    of_family = f"{p_adjusted} after Holm over the {claim['family_size']} of {claim['family']}; {_digits(claim['p_value'])} alone"
    said = {
        "claim": claim["claim"],
        "statement": claim["statement"],
        "paper": claim["paper"],
        "verdict": _verdict(claim),
        "why": claim["why"],
        "estimand": claim["estimand"],
        "estimate": f"{estimate} against {against}",
        "test": claim["test"],
        "p": of_family,
        "inferred over": "seeds" if pd.isna(claim["facts"]) else f"{claim['facts']:.0f} facts",
        "runs": f"{claim['runs']} that learnt what they train, {claim['excluded']} that did not; seeds {claim['seeds']}",
        "table": f"{claim['statistic']} of {claim['experiment']}",
        "ledger": claim["ledger"],
    }
    table = Table.grid(padding=(0, 2))
    for name, words in said.items():
        table.add_row(Text(name, style="bold"), words if isinstance(words, Text) else Text(str(words)))
    return table


def _verdict(claim: pd.Series) -> Text:
    return Text(claim["verdict"], style=COLOURS[claim["verdict"]])


def _numbers(claim: pd.Series) -> tuple[str, str, str, str]:
    """Estimate with its interval, what it is held against, the corrected p, and how many runs or facts it rests on."""
    estimate = _digits(claim["estimate"])
    if pd.notna(claim["low"]):
        estimate += f" [{_digits(claim['low'])}, {_digits(claim['high'])}]"
    return estimate, _digits(claim["threshold"]), _digits(claim["p_adjusted"]), _count(claim)


def _count(claim: pd.Series) -> str:
    return str(claim["runs"]) if pd.isna(claim["facts"]) else f"{claim['facts']:.0f} facts"


def _digits(number: float) -> str:
    return "–" if pd.isna(number) else f"{number:.3g}"
