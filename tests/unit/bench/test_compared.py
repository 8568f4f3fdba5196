"""Every way is timed, and ratios are those of one run."""

import pytest
import torch

from bench import compared
from bench.compared import HUGGING_FACE, ONE_BY_ONE, PLAIN, PRODUCTS, SHARE, told, ways
from bench.loops.work import Shape, Work
from bench.measurements import gpu, training

CPU = torch.device("cpu")
WORK = Work(Shape(2, 8, heads=2), 25)
RUNS = [
    {ONE_BY_ONE: 10.0, "4 stacked": 30.0, PLAIN: 20.0, PRODUCTS: 1e9},
    {ONE_BY_ONE: 20.0, "4 stacked": 40.0, PLAIN: 16.0, PRODUCTS: 2e9},
]


def by_name(found):
    """What was measured, by its name behind the colon."""
    return {one.quantity.partition(": ")[2]: one for one in found}


def test_ratios_are_taken_within_a_run():
    found = by_name(told(WORK, RUNS, 4, {f"4 stacked over {ONE_BY_ONE}": 1.5}))
    assert found["4 stacked"].values == [30, 40]
    assert found[f"4 stacked over {ONE_BY_ONE}"].values == [3, 2]
    assert found[f"4 stacked over {ONE_BY_ONE}"].at_least == 1.5
    assert found[f"4 stacked over {PLAIN}"].values == [1.5, 2.5]
    assert found[f"4 stacked over {PLAIN}"].at_least is None


def test_a_share_is_that_of_the_operations_of_a_sequence():
    """Three tokens: there and back, 8 × 8 of queries, keys, values, output and 8 × 8 × 8 of an MLP in each layer, 252 answers."""
    sequence = 3 * 3 * 2 * (2 * (4 + 8) * 8**2 + 8 * 252)
    found = by_name(told(WORK, RUNS, 4, {}))[f"4 stacked, {SHARE}"]
    assert found.values == pytest.approx([100 * 30 * sequence / 1e9, 100 * 40 * sequence / 2e9])


def test_every_way_is_timed(monkeypatch):
    monkeypatch.setattr(compared, "rate", lambda loop, device: float(loop.work.sequences))
    found = by_name(compared.compared(WORK, (1, 4), 4, 2, CPU))
    assert [found[name].values for name in (ONE_BY_ONE, "4 stacked", PLAIN, HUGGING_FACE)] == [
        [25, 25],
        [100, 100],
        [25, 25],
        [25, 25],
    ]


def test_gpt_2_is_timed_only_in_shapes_that_it_has():
    assert HUGGING_FACE in ways(WORK, [1])
    assert HUGGING_FACE not in ways(Work(training.ONE_LAYER, 0), [1])


@pytest.mark.parametrize(
    ("module", "work", "aims"),
    [
        *((training, Work(*what), aims) for what, aims in training.AIMS.items()),
        *((gpu, work, aims) for work, aims in gpu.AIMS.items()),
    ],
)
def test_every_aim_is_one_of_a_quantity_that_is_measured(module, work, aims):
    run = dict.fromkeys([*ways(work, module.STACKS), PRODUCTS], 1.0)
    found = by_name(told(work, [run], module.MANY, aims))
    named = {one.quantity.removeprefix(f"{work}: "): one.at_least for one in found.values()}
    assert sorted(aims.values()) == sorted(aim for aim in named.values() if aim is not None)
