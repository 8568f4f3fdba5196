"""Every figure of the default study has a caption that Snakemake can fill in."""

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml

ROOT = Path(__file__).parents[3]
REPORT = ROOT / "workflow" / "report"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_every_figure_has_a_caption():
    wanted = {
        f"{name}_{figure}"
        for name, experiment in CONFIG["experiments"].items()
        for figure in experiment.get("figures", [])
    }
    assert wanted | {"ledger", "calibration", "workflow"} <= {path.stem for path in REPORT.glob("*.rst")}


@pytest.mark.parametrize("path", sorted(REPORT.glob("*.rst")), ids=lambda path: path.stem)
def test_captions_can_be_filled_in(path):
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    text = environment.from_string(path.read_text(encoding="utf-8")).render(snakemake=SimpleNamespace(config=CONFIG))
    assert "{" not in text
    assert str(CONFIG["seeds"]["count"]) in text
