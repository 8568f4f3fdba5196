"""Profiles through Snakemake itself, and what is said before the first job where a machine cannot do what is asked."""

import os
import re

import pytest
import yaml

from reversal.machines import devices
from reversal.study import load
from tests.commands import command, system
from tests.configs import ROOT, read_config

HISTORY = "results/smoke/train/bilinear_32/0-1/history.parquet"


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """No leave to use the CPU where a GPU is missing, unless a test gives it."""
    monkeypatch.delenv(devices.VARIABLE, raising=False)


@pytest.fixture
def gpuless():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")


def said(ran) -> list[str]:
    """The lines that are ours."""
    assert "Traceback" not in ran.stderr
    return [line for line in ran.stderr.splitlines() if line.startswith("reversal: ")]


def test_local_gpu_gives_training_and_evaluation_a_gpu_and_nothing_else(fresh):
    ran = fresh.snakemake("figures", "--workflow-profile", "profiles/local-gpu", "--dry-run", "--printshellcmds")
    assert ran.returncode == 0, ran.stderr
    commands = re.findall(r"python -m reversal (\w+) .*", ran.stdout)
    given = re.findall(r"python -m reversal (\w+) .* --gpus 1 ", ran.stdout)
    assert {"data", "train", "evaluate", "statistics", "figures"} <= set(commands)
    assert sorted(given) == sorted(stage for stage in commands if stage in ("train", "evaluate"))


def test_local_gpu_without_a_gpu_is_one_line_before_any_job(fresh, gpuless):
    ran = fresh.snakemake(HISTORY, "--workflow-profile", "profiles/local-gpu")
    assert ran.returncode != 0
    (line,) = said(ran)
    assert "gpu: 1 asked for and no GPU is to be seen here; " in line
    assert not fresh.results.exists()


def test_local_gpu_trains_on_the_cpu_where_that_is_allowed(fresh, gpuless, monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    ran = fresh.snakemake(HISTORY, "--workflow-profile", "profiles/local-gpu")
    assert ran.returncode == 0, ran.stderr
    assert re.search("Provided resources: gpu=.*1", ran.stderr)
    assert (fresh.folder / HISTORY).exists()


@pytest.fixture
def path(tmp_path_factory, monkeypatch):
    """The only folder on PATH: the system's tools and no SLURM, whether this machine has one or not."""
    folder = system(tmp_path_factory.mktemp("path") / "bin")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("SLURM_CONF", os.devnull)
    return folder


def test_no_slurm_is_one_line_before_any_job_and_no_matter_in_a_dry_run(fresh, path):
    asked = (HISTORY, "--executor", "slurm", "--jobs", "2")
    assert fresh.snakemake(*asked, "--dry-run").returncode == 0
    ran = fresh.snakemake(*asked)
    assert ran.returncode != 0
    assert said(ran) == [
        "reversal: SLURM: no sbatch, squeue, scontrol, sinfo, scancel, sacct on PATH; "
        "start this on the cluster's login node, or with a profile for one machine"
    ]
    assert not fresh.results.exists()


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("train_block:slurm_partition=gpu", "train_block: partition gpu does not exist; choose from accel, cpu in "),
        ("train_block:gpu=1", "train_block: partition cpu has no node with gpu:1, nor with any GPU; "),
        (
            "generate_block:runtime=3000",
            "generate_block: partition cpu ends a job after 1440 min and runtime is 3000; ",
        ),
        ("generate_block:mem_mb=64000", "generate_block: partition cpu has 32000 MB a node and mem_mb is 64000; "),
    ],
)
def test_what_slurm_would_never_run_is_one_line_and_nothing_is_submitted(fresh, path, resources, expected):
    for name in ("sbatch", "squeue", "scancel", "sacct"):
        command(path, name, f"echo {name} >> {path}/called")
    command(path, "scontrol", "echo 'AccountingStorageType   = accounting_storage/slurmdbd'")
    command(path, "sinfo", "echo 'cpu*|1-00:00:00|32000|(null)'; echo 'accel|1-00:00:00|32000|gpu:fake:2'")
    ran = fresh.snakemake(HISTORY, "--executor", "slurm", "--jobs", "2", "--set-resources", resources)
    assert ran.returncode != 0
    (line,) = said(ran)
    assert line.startswith(f"reversal: {expected}")
    assert not (path / "called").exists()
    assert not fresh.results.exists()


@pytest.mark.parametrize(("scale", "cells"), [("paper", 35), ("full", 1344)])
def test_the_large_scales_are_planned_for_a_cluster(fresh, scale, cells):
    """Every training gets a GPU, and nothing else does; nothing is submitted."""
    overlay = f"workflow/scales/{scale}.yaml"
    study = load(read_config(overlay))
    assert len(study.cells) == cells
    asked = ("--workflow-profile", "profiles/slurm", "--dry-run", "--printshellcmds")
    ran = fresh.snakemake(*asked, overlays=(overlay,))
    assert ran.returncode == 0, ran.stderr[-4000:]
    given = re.findall(r"python -m reversal (\w+) .* --gpus (\d) ", ran.stdout)
    runs = cells * len(study.blocks)
    assert sorted(given) == [("evaluate", "0")] * runs + [("train", "1")] * runs
    assert not (fresh.folder / "results").exists()


TYPES = {"v100": 16000, "a100": 40000, "h200": 141000}


def without_messages(rules: str) -> str:
    """Snakemake shows the resources of a job that has nothing to say of itself."""
    return re.sub(r"    message:\n.*\n", "", rules)


def test_published_checkpoints_are_planned_for_a_cluster_each_with_its_gpus(fresh, tmp_path, monkeypatch):
    """The smallest of the site's types that holds a checkpoint, and all the memory that it asks for."""
    site = yaml.safe_load((ROOT / "profiles/slurm/site.yaml").read_text(encoding="utf-8")) | {"gpu_memory": TYPES}
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
    monkeypatch.setenv("REVERSAL_SITE", str(tmp_path / "site.yaml"))
    overlay = "workflow/scales/paper.yaml"
    asked = ("published", "--workflow-profile", "profiles/slurm", "--dry-run", "--printshellcmds")
    with fresh.edited("workflow/rules/language.smk", without_messages):
        ran = fresh.snakemake(*asked, overlays=(overlay,))
    assert ran.returncode == 0, ran.stderr[-4000:]
    jobs = re.findall(r"wildcards: published=(\w+), .*\n    resources: (.*)", ran.stdout)
    given = {name: dict(part.split("=", 1) for part in resources.split(", ")) for name, resources in jobs}
    published = load(read_config(overlay)).published
    assert given.keys() == published.keys()
    for name, one in published.items():
        asks = given[name]
        assert (asks["gpu"], asks["mem_mb"]) == (str(one.gpus), str(one.memory))
        assert one.gpu_memory <= TYPES[asks["gpu_model"]]
    assert {given[name]["gpu_model"] for name in ("llada_8b", "dream_7b", "llama_8b", "qwen_7b")} == {"a100"}
    assert given["ettin_encoder_150m"]["gpu_model"] == "v100"
    called = re.findall(r"python -m reversal language probe .* --published (\S+) .* --gpus (\d) ", ran.stdout)
    assert sorted(called) == sorted((one.loading["checkpoint"], str(one.gpus)) for one in published.values())
    assert not (fresh.folder / "results").exists()
