"""The ledger from files to a file: claims.yaml and every table of estimates in, the table `claims` out.

Apart from `stage`, so that a change to the ledger estimates nothing anew.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reversal import tables
from reversal.statistics import claims


def judge(
    ledger: str | Path,
    estimated: Mapping[tuple[str, str], str | Path],
    seeds: Sequence[int],
    output: str | Path,
    **metadata: str,
) -> None:
    """Write the table `claims`.

    Args:
        ledger: path of claims.yaml.
        estimated: (experiment, statistic) → path of its table.
        seeds: master seeds of the study.
        output: path of the table.
        metadata: kept in the file.

    Raises:
        ReversalError: the ledger does not fit its schema, or a table is missing or damaged.
    """
    frames = {key: tables.read(path, key[1]).to_pandas() for key, path in estimated.items()}
    tables.write(output, "claims", claims.judge(claims.load(ledger), frames, seeds), **metadata)
