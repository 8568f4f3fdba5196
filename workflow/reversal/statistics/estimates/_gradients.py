"""What statistics of gradients share, be they of toy models or of language models."""

import numpy as np
import pandas as pd

from reversal.statistics import tests
from reversal.statistics.levels import Quantities

KEYS = ["step", "forward", "group", "measure"]
COSINES = ["cosine", "matched", "mismatched", "matched_minus_mismatched"]
TESTED = ["cosine", "matched_minus_mismatched"]


def told(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of cosines, with the difference of matched and mismatched ones."""
    return rows.astype({"forward": str, "group": str}).assign(
        matched_minus_mismatched=rows["matched"] - rows["mismatched"]
    )


def long(rows: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """One row a seed, checkpoint, query followed, group of parameters and measure."""
    return rows.melt(["seed", "step", "forward", "group"], measures, "measure")


def by_seed(rows: pd.DataFrame, seeds: np.ndarray) -> Quantities:
    """One quantity a checkpoint, query followed, group of parameters and measure."""
    wide = rows.pivot(index=KEYS, columns="seed", values="value").reindex(columns=seeds)
    return Quantities(wide.index.to_frame(index=False), wide.to_numpy(dtype=np.float64).T)


def tested(runs: Quantities) -> dict[str, np.ndarray]:
    """p of a mean over seeds of zero, two-sided, for the measures that are held to it."""
    p_value = np.full(len(runs.keys), np.nan)
    for column in np.flatnonzero(runs.keys["measure"].isin(TESTED)):
        p_value[column] = tests.mean(runs.values[:, column])
    return {"p_value": p_value}
