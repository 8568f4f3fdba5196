"""What jobs ask for: the same for every small model, and enough for what was measured of a large one."""

from reversal.machines import memory
from reversal.study import load
from tests.configs import read_config

PAPER = load(read_config("workflow/scales/paper.yaml"))


def test_every_cell_of_the_default_study_asks_for_the_same():
    study = load(read_config())
    asked = {
        (memory.training(cell.settings, 10), memory.evaluation(cell.settings, study.evaluation["facts"]))
        for cell in study.cells.values()
    }
    assert asked == {(memory.BASE, memory.BASE)}


def test_large_models_ask_for_what_they_hold():
    settings = PAPER.cells["paper_mdm"].settings
    one = 24 * 12 * 768**2 * 4e-6
    """MB of one model in single precision, and of each checkpoint's step, gradient or moment."""
    assert memory.training(settings, 1) > memory.BASE + 6 * one - 1000
    assert memory.training(settings, 5) > memory.BASE + 25 * one - 1000
    assert memory.evaluation(settings, 24) > memory.BASE + 18 * one - 1000
    assert memory.training(settings, 5) < 40_000  # a node of 64 GB runs it, and a block of 5 is what the scale takes
