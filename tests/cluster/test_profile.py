"""What profiles/slurm reads and mends, as far as that can be seen without a cluster."""

import json
import os
import runpy
import subprocess
import sys
from types import SimpleNamespace

import pytest
import snakemake_executor_plugin_slurm as plugin
import yaml

from tests.configs import ROOT

PROFILE = ROOT / "profiles" / "slurm"

MISTAKES = {
    "missing": ({"cpu_partition": ...}, "cpu_partition: is missing"),
    "misspelt": ({"gpu_partitoin": "gpu"}, "gpu_partitoin: no such key"),
    "no name": ({"gpu_partition": "two words"}, "gpu_partition: 'two words' must be a partition's name"),
    "nothing": ({"cpu_partition": None}, "cpu_partition: None must be a partition's name"),
    "no minutes": ({"train_minutes": "4:00"}, "train_minutes: '4:00' must be a whole number of minutes"),
    "no truth": ({"accounting": "slurmdbd"}, "accounting: 'slurmdbd' must be true or false"),
}


def site(**changes) -> str:
    settings = yaml.safe_load((PROFILE / "site.yaml").read_text(encoding="utf-8")) | changes
    return yaml.safe_dump({key: value for key, value in settings.items() if value is not ...})


@pytest.mark.parametrize(("changes", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_site_file_is_said_in_one_line(tmp_path, monkeypatch, changes, said):
    path = tmp_path / "site.yaml"
    path.write_text(site(**changes), encoding="utf-8")
    monkeypatch.setenv("REVERSAL_SITE", str(path))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(PROFILE / "read_site.py"))["read_site"](PROFILE)
    assert ended.value.code.startswith(f"reversal: {path}: {said}")
    assert "\n" not in ended.value.code


@pytest.mark.parametrize(
    ("content", "said"), [("- a list", "must hold the keys"), ("a: [b", "no YAML"), (None, "No such file")]
)
def test_what_is_no_site_file_is_said_in_one_line(tmp_path, monkeypatch, content, said):
    path = tmp_path / "site.yaml"
    if content:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("REVERSAL_SITE", str(path))
    with pytest.raises(SystemExit, match=f"{path}: {said}") as ended:
        runpy.run_path(str(PROFILE / "read_site.py"))["read_site"](PROFILE)
    assert "\n" not in ended.value.code


READ = """
import json, sys
from snakemake.cli import parse_args

options = parse_args(sys.argv[1:])[1]
raw = lambda resources: {name: resource.raw for name, resource in resources.items()}
print(json.dumps({
    "everywhere": raw(options.default_resources),
    **{rule: raw(resources) for rule, resources in options.set_resources.items()},
    "status": options.slurm_status_command,
    "report": options.slurm_efficiency_report is True,
}))
"""


def read_profile(folder, **environment) -> subprocess.CompletedProcess:
    """What Snakemake makes of the profile, as JSON; in a folder that is not the workflow's, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", READ, "--snakefile", str(ROOT / "Snakefile"), "--workflow-profile", str(PROFILE)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_snakemake_says_a_mistake_without_a_traceback(tmp_path):
    (tmp_path / "site.yaml").write_text(site(accounting=...), encoding="utf-8")
    ran = read_profile(tmp_path, REVERSAL_SITE=str(tmp_path / "site.yaml"))
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[-1].startswith(f"reversal: {tmp_path}/site.yaml: accounting: is missing")
    assert "Traceback" not in ran.stderr


def test_the_profile_finds_its_site_from_any_folder(tmp_path):
    ran = read_profile(tmp_path)
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    assert read["train_block"] == {"slurm_partition": "'gpu'", "gpu": 1, "runtime": 240}
    assert read["everywhere"]["slurm_partition"] == "'cpu'"
    assert "slurm_account" not in read["everywhere"]
    assert read["status"] == "sacct"
    assert read["report"]


def test_all_that_a_site_says_is_asked_for(tmp_path):
    changes = {
        "account": "ai-lab",
        "gpu_type": "h200",
        "cpu_partition": "max",
        "accounting": False,
        "evaluate_minutes": 7,
    }
    (tmp_path / "site.yaml").write_text(site(**changes), encoding="utf-8")
    ran = read_profile(tmp_path, REVERSAL_SITE=str(tmp_path / "site.yaml"))
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    assert read["everywhere"]["slurm_account"] == "'ai-lab'"
    assert read["everywhere"]["slurm_partition"] == "'max'"  # quoted: max is a function too
    assert read["train_block"]["gpu_model"] == "'h200'"
    assert read["evaluate_block"]["runtime"] == 7
    assert read["status"] == "squeue"
    assert not read["report"]


def job(name: str, threads: int = 1, **resources) -> SimpleNamespace:
    return SimpleNamespace(name=name, threads=threads, resources=resources)


def test_jobs_share_an_array_only_if_they_ask_for_the_same():
    alike = runpy.run_path(str(PROFILE / "mended_plugin.py"))["alike"]
    jobs = [
        job("a", mem_mb=3000),
        job("b", mem_mb=6000),
        job("c", mem_mb=3000, disk_mb=1),
        job("d", threads=2, mem_mb=3000),
    ]
    assert [[job.name for job in group] for group in alike(jobs)] == [["a", "c"], ["b"], ["d"]]


def test_an_array_ends_at_its_limit():
    chunks = runpy.run_path(str(PROFILE / "mended_plugin.py"))["chunks"]
    assert chunks([[1, 2, 3, 4, 5], [6]], 2) == [[1, 2], [3, 4], [5], [6]]


def test_the_plugin_still_has_what_is_mended():
    """Tells, when the pin moves, that mended_plugin.py must be looked at again."""
    mended = runpy.run_path(str(PROFILE / "mended_plugin.py"))
    assert mended["version"]("snakemake-executor-plugin-slurm") == mended["TRIED"]
    assert "JobIdRaw" in plugin.query_job_status_sacct("run")
    assert callable(plugin.pending_jobs_for_rule)
