"""What every statistics table must stand: the data dictionary."""

from collections.abc import Callable

import pandas as pd
import pytest

from reversal import tables


@pytest.fixture
def fits(tmp_path) -> Callable[[pd.DataFrame, str], None]:
    """Does a table go through the dictionary, and come back the same length?"""

    def check(frame: pd.DataFrame, table: str) -> None:
        path = tmp_path / f"{table}.parquet"
        tables.write(path, table, frame)
        assert tables.read(path, table).num_rows == len(frame)

    return check
