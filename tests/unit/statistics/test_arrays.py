import numpy as np
import pytest

from reversal.errors import ReversalError
from reversal.statistics.arrays import rectangle
from tests.unit.statistics.made_up_runs import queries

PROBABILITY = np.arange(1, 25).reshape(2, 3, 4) / 25


@pytest.fixture
def rows():
    return queries([7, 9], {("reverse", "same", 2, False): PROBABILITY})


def test_values_stand_at_their_seed_step_and_pair_however_rows_are_shuffled(rows):
    found = rectangle(rows.sample(frac=1, random_state=1), ["step"], ["probability"], "here")
    np.testing.assert_allclose(found.values[..., 0], PROBABILITY)
    assert list(found.axes["seed"]) == [7, 9]


def test_seeds_may_have_different_pairs(rows):
    rows.loc[rows["seed"] == 9, "pair"] += 10
    assert rectangle(rows, ["step"], ["probability"], "here").values.shape == (2, 3, 4, 1)


@pytest.mark.parametrize(
    "spoil", [lambda r: r.iloc[1:], lambda r: r.iloc[[0, 0, *range(2, len(r))]], lambda r: r.iloc[4:]]
)
def test_gaps_and_doubles_are_refused(rows, spoil):
    with pytest.raises(ReversalError, match=r"cell mdm, queries: .* not fully crossed"):
        rectangle(spoil(rows), ["step"], ["probability"], "cell mdm, queries")
