"""The commands that a person calls: what they print, and how they fail."""

import hashlib
import os
import subprocess
import sys

import pytest

from reversal import paths, tables
from reversal.cli import main
from reversal.statistics import calibration
from reversal.study import load
from tests.configs import ROOT, read_config
from tests.workflow.conftest import SMOKE


@pytest.fixture(autouse=True)
def in_the_clone(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_plan_prints_every_cell_and_run_with_its_fingerprint(capsys):
    assert main(["plan", "--configfile", SMOKE]) == 0
    said = "".join(capsys.readouterr().out.split())
    study = load(read_config(SMOKE))
    for cell, _, seed in study.runs():
        assert cell.name in said
        assert f"{seed}:{cell.fingerprint(seed)}" in said


def test_estimate_says_jobs_time_and_disk(capsys, tmp_path):
    overlay = tmp_path / "one.yaml"
    overlay.write_text("study: one\nselected: [bilinear]\nseeds: {count: 2, block: 2}\n", encoding="utf-8")
    assert main(["estimate", "--configfile", SMOKE, str(overlay)]) == 0
    said = capsys.readouterr().out
    assert "bilinear_32" in said
    assert "jobs, about" in said
    assert "GB under results/one/" in said
    assert "until they have been evaluated" in said


def test_estimate_for_a_gpu_takes_no_steps_and_says_hours_memory_and_disk(capsys):
    assert main(["estimate", "--gpu", "a100", "--configfile", "workflow/scales/paper.yaml"]) == 0
    said = capsys.readouterr().out
    assert "paper_mdm" in said
    assert "an estimate by arithmetic" in said
    assert "GPU hours to train" in said
    assert "checkpoints.keep: last" in said


@pytest.mark.parametrize(
    ("text", "named"), [("gate: 2", "gate: 2 is out of range"), ("a: [", "is no YAML"), (None, "cannot be read")]
)
def test_a_mistake_is_one_line_and_status_one(capsys, tmp_path, text, named):
    overlay = tmp_path / "wrong.yaml"
    if text is not None:
        overlay.write_text(text, encoding="utf-8")
    assert main(["plan", "--configfile", str(overlay)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("reversal: ")
    assert named in said
    assert said.count("\n") == 1


def test_planning_imports_no_torch():
    command = "import sys; from reversal.cli import main; main(['plan']); sys.exit('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", command], capture_output=True, check=False, env=_environment())
    assert ran.returncode == 0, ran.stderr


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m reversal plan | head -n 1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=_environment())
    assert "Traceback" not in ran.stderr
    assert "study default" in ran.stdout


def _environment():
    return os.environ | {"PYTHONPATH": str(ROOT / "workflow")}


@pytest.fixture
def judged(tmp_path):
    """A study of two claims, judged."""
    row = {
        **{"paper": "P2, abstract", "statement": "It reverses.", "experiment": "mitigation", "statistic": "accuracy"},
        **{"estimand": "accuracy", "test": "superiority", "family": "P2", "family_size": 2, "runs": 10, "excluded": 0},
        **{
            "estimate": 0.91,
            "low": 0.88,
            "high": 0.94,
            "threshold": 0.51,
            "margin": None,
            "p_value": 0.001,
            "p_adjusted": 0.002,
        },
        **{"why": "estimate 0.91", "seeds": "1000–1009", "ledger": "f00d", "unit": "seed", "facts": None},
    }
    of_facts = {"unit": "fact", "facts": 388, "runs": 3}
    empty = dict.fromkeys(("estimate", "low", "high", "p_value", "p_adjusted"), None)
    rows = [
        {**row, "claim": "mdm_reverses", "verdict": "supported"},
        {**row, **empty, **of_facts, "claim": "arm_reverses", "verdict": "inconclusive", "why": "too few seeds: 2"},
    ]
    columns = {name: [one[name] for one in rows] for name in tables.entry("claims")["columns"]}
    tables.write(tmp_path / paths.CLAIMS, "claims", columns)
    return str(tmp_path)


def test_claims_prints_every_claim_with_its_numbers(judged, capsys):
    assert main(["claims", "--results", judged]) == 0
    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if "mdm_reverses" in line)
    assert line.split() == ["mdm_reverses", "supported", "0.91", "[0.88,", "0.94]", "0.51", "0.002", "10"]
    assert "388 facts" in next(line for line in said.splitlines() if "arm_reverses" in line)
    assert "2 claims: 1 supported, 0 contradicted, 1 inconclusive. Ledger f00d, seeds 1000–1009." in said


def test_claims_prints_one_claim_with_all_that_is_known(judged, capsys):
    assert main(["claims", "arm_reverses", "--results", judged]) == 0
    said = capsys.readouterr().out
    for words in (
        "It reverses.",
        "P2, abstract",
        "inconclusive",
        "too few seeds: 2",
        "f00d",
        "1000–1009",
        "superiority",
        "388 facts",
        "3 that learnt what they train, 0 that did not",
    ):
        assert words in said
    assert "mdm_reverses" not in said


def test_claims_says_when_the_ledger_has_changed_since_they_were_judged(judged, tmp_path, capsys):
    asked = ["claims", "--results", judged, "--configfile", SMOKE]
    assert main(asked) == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "workflow/claims.yaml + workflow/language_claims.yaml: not the ledger that" in said.err
    assert "f00d" in said.err
    assert "mdm_reverses" in said.out
    found = tables.read(tmp_path / paths.CLAIMS, "claims").to_pandas()
    files = [ROOT / "workflow" / name for name in ("claims.yaml", "language_claims.yaml")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    tables.write(tmp_path / paths.CLAIMS, "claims", found.assign(ledger=digest))
    assert main(asked) == 0
    assert capsys.readouterr().err == ""


JUDGE = ["judge", "--experiments", "mitigation", "dose", "--statistics", "--seeds", "0", "1"]


def test_every_file_of_a_ledger_is_held_to_the_experiments_before_it_is_judged(tmp_path, capsys):
    (tmp_path / "claims.yaml").write_text((ROOT / "workflow/claims.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    output = tmp_path / "claims.parquet"
    assert main([*JUDGE, "--ledger", str(tmp_path / "claims.yaml"), "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert "claims.yaml.claims.0 (epsilon_falls_with_width).experiment: 'bilinear' is none of the config's" in said
    assert said.count("\n") == 1
    assert not output.exists()
    assert main([*JUDGE, "--ledger", "--output", str(output)]) == 0
    assert tables.read(output, "claims").num_rows == 0


def test_the_ledger_as_a_document_marks_the_verdicts_that_other_seeds_change(judged, tmp_path, capsys):
    found = tables.read(tmp_path / paths.CLAIMS, "claims").to_pandas()
    changed = found.assign(seeds="2000–2009", verdict=["contradicted", *found["verdict"][1:]])
    tables.write(tmp_path / "other" / paths.CLAIMS, "claims", changed)
    assert main(["claims", "--results", judged, "--markdown", "--beside", str(tmp_path / "other")]) == 0
    said = capsys.readouterr().out
    assert "| n | verdict | on 2000–2009 |" in said
    assert said.count("**contradicted** |") == 1
    assert "1 of 2 verdicts are the same on seeds 2000–2009. They differ for: `mdm_reverses`." in said
    assert "| `mitigation` | 1 | 0 | 1, `arm_reverses` |" in said
    tables.write(tmp_path / "other" / paths.CLAIMS, "claims", changed.assign(ledger="beef"))
    assert main(["claims", "--results", judged, "--markdown", "--beside", str(tmp_path / "other")]) == 1
    assert "judged by another ledger" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["mdm_revreses"], "did you mean mdm_reverses?"), (["--results", "nowhere"], "nowhere/statistics/claims.parquet")],
)
def test_claims_that_are_not_there_are_one_line(judged, capsys, arguments, named):
    assert main(["claims", "--results", judged, *arguments]) == 1
    said = capsys.readouterr().err
    assert named in said
    assert said.count("\n") == 1


def test_calibrate_prints_what_it_writes(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(calibration, "simulate", lambda simulations: one_rate(simulations))
    output = tmp_path / "calibration.parquet"
    assert main(["calibrate", "--simulations", "7", "--output", str(output), "--show"]) == 0
    assert tables.read(output, "calibration").num_rows == 1
    said = capsys.readouterr().out
    assert "false positives" in said
    assert "0.060" in said


def one_rate(simulations: int) -> dict:
    row = {"truth": "null", "test": "page", "data": "no trend", "outcome": "supported", "verdict": "nominal"}
    row |= {"seeds": 10, "simulations": simulations, "rate": 0.06, "low": 0.0, "high": 0.5}
    row |= {"nominal": 0.05, "attainable": 0.045}
    return {name: [row[name]] for name in tables.entry("calibration")["columns"]}
