"""The large scales: what they hold, and that P1's data have the sizes that P1 tells."""

from math import prod

import pytest
import yaml

from reversal.data.geometry import sentences, vocabulary_size
from reversal.study import load
from tests.configs import ROOT, read_config

PAPER = load(read_config("workflow/scales/paper.yaml"))


@pytest.mark.parametrize(
    ("dataset", "told", "tokens"),
    [
        ("arrows", 340, 802),
        ("paper_chain", 540, 602),
        ("paper_chain_related", 700, 255),
        ("paper_in_context", 700, 113),
    ],
)
def test_texts_have_p1s_sizes(dataset, told, tokens):
    """340 of 400 and 540 of 600 sentences, 700 of 1000 combinations; a token an entity, and the arrows."""
    assert sentences(PAPER.datasets[dataset]) == told
    assert vocabulary_size(PAPER.datasets[dataset]) == tokens


def test_p1s_settings_are_as_published():
    made = PAPER.cells["paper_published_arm"]
    assert {key: made.model[key] for key in ("layers", "heads", "width")} == {"layers": 24, "heads": 12, "width": 768}
    wanted = {"learning_rate": 0.01, "betas": [0.9, 0.999], "batch": 64, "warmup": 0, "final": 1}
    assert {key: made.optimisation[key] for key in wanted} == wanted
    assert made.optimisation["steps"] == 3000 * -(-340 // 64)  # epochs of full batches and one that is not


def test_every_ordinary_large_cell_trains_at_the_same_rate():
    rates = {
        name: cell.optimisation["learning_rate"]
        for name, cell in PAPER.cells.items()
        if cell.model["width"] == 768 and name != "paper_published_arm"
    }
    assert set(rates.values()) == {3e-4}


@pytest.mark.parametrize("scale", ["paper", "full"])
def test_no_record_of_the_default_study_is_changed_by_accident(scale):
    """An overlay merges mappings: a cell of the same name would be half of each."""
    default = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    overlay = yaml.safe_load((ROOT / f"workflow/scales/{scale}.yaml").read_text(encoding="utf-8"))
    for section in ("datasets", "settings", "cells"):
        assert not default[section].keys() & overlay.get(section, {}).keys()


def test_the_factorial_is_whole():
    config = read_config("workflow/scales/full.yaml")
    study = load(config)
    levels = (prod(map(len, entry["factors"].values())) for entry in config["factorials"].values())
    assert len(study.cells) == sum(levels)
    assert all(not made.left_out for made in study.factorials.values())


def test_the_cut_has_the_shapes_of_the_whole():
    cut = load(read_config("workflow/scales/paper.yaml", "workflow/scales/paper_cut.yaml"))
    for name, cell in cut.cells.items():
        assert (cell.model, cell.data, cell.objective) == (
            PAPER.cells[name].model,
            PAPER.cells[name].data,
            PAPER.cells[name].objective,
        )
    assert max(cut.seeds) < 100
