"""What the README says of the ledger is what the ledger says: `docs/ledger.md`, as the command wrote it."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LEDGER = (ROOT / "docs/ledger.md").read_text(encoding="utf-8")


def rows(text: str, begins: str) -> list[list[str]]:
    """Cells of the table whose head begins so."""
    table = text[text.index(begins) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_the_experiments_carry_their_verdicts():
    counted = {
        experiment: " / ".join(told.split(",")[0] for told in counts)
        for experiment, *counts in rows(LEDGER, "| experiment |")
    }
    said = {cells[0]: cells[5] for cells in rows(README, "| experiment |")}
    assert counted.items() <= said.items()


def test_every_selected_experiment_is_in_the_table():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    assert sorted(cells[0].strip("`") for cells in rows(README, "| experiment |")) == sorted(config["selected"])


def test_the_claims_that_other_seeds_judge_otherwise_are_named():
    differing = re.search(r"They differ for:(.*)\.", LEDGER)
    for name in re.findall(r"`(\w+)`", differing[1]) if differing else []:
        assert f"`{name}`" in README
