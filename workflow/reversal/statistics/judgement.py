"""The ledger from files to a file: claims.yaml, and what a study adds to it, and every table of estimates in, the table `claims` out.

Apart from `stage`, so that a change to the ledger estimates nothing anew.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from reversal import tables
from reversal.statistics import claims


def checked(ledger: Sequence[str | Path], experiments: Collection[str]) -> claims.Ledger:
    """The ledger from its files, found to fit its schema, the dictionary of tables and the config's experiments.

    Raises:
        ReversalError: it does not.
    """
    claimed = claims.load(*ledger)
    claims.refuse_unknown(claimed, experiments)
    return claimed


def judge(
    ledger: Sequence[str | Path],
    experiments: Collection[str],
    estimated: Mapping[tuple[str, str], str | Path],
    seeds: Sequence[int],
    output: str | Path,
    **metadata: str,
) -> None:
    """Write the table `claims`.

    Args:
        ledger: paths of its files.
        experiments: names of all that the config has, whether the study runs them or not.
        estimated: (experiment, statistic) → path of its table.
        seeds: master seeds of the study.
        output: path of the table.
        metadata: kept in the file.

    Raises:
        ReversalError: the ledger does not fit its schema or the experiments, or a table is missing or damaged.
    """
    claimed = checked(ledger, experiments)
    frames = {key: tables.read(path, key[1]).to_pandas() for key, path in estimated.items()}
    tables.write(output, "claims", claims.judge(claimed, frames, seeds), **metadata)
