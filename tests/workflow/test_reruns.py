"""What a finished study would do again, edit by edit: the README's table "Partial reruns", held to real Snakemake.

Jobs go by what they say of themselves ("train mdm, seeds 0-1"), so that a test names exactly those that would run.
"""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

import pyarrow.parquet as pq
import pytest
import yaml

from reversal import dag, paths, registry
from reversal.study import Study, load
from tests.configs import ROOT, read_config
from tests.workflow.conftest import SMOKE, Clone

CODE = "workflow/reversal"
BLOCK = "0-1"
JUDGED = {"judge the claims", "draw the ledger"}
CALIBRATED = {"calibrate tests and intervals", "draw the calibration"}


@pytest.fixture(scope="module")
def study() -> Study:
    return load(read_config(SMOKE))


def trained(cells: Iterable[str], block: str = BLOCK) -> set[str]:
    return {f"train {cell}, seeds {block}" for cell in cells}


def evaluated(cells: Iterable[str], block: str = BLOCK) -> set[str]:
    return {f"evaluate {cell}, seeds {block}" for cell in cells}


def told(texts: Iterable[str], block: str = BLOCK) -> set[str]:
    return {f"text {text}, seeds {block}" for text in texts}


def pooled(study: Study, only: Callable[[str, str], bool] = lambda experiment, statistic: True) -> set[str]:
    """The statistics that `only` admits, and what is drawn and judged of them."""
    found = {(e.name, s) for e in study.experiments.values() for s in e.statistics if only(e.name, s)}
    drawn = {
        f"draw {name}"
        for name, (experiment, figure) in dag.figures(study).items()
        if any((experiment, statistic) in found for statistic in registry.literals("figures.plots", figure)["READS"])
    }
    return {f"{statistic} of {experiment}" for experiment, statistic in found} | drawn | JUDGED


def shown(study: Study, cells: Iterable[str]) -> set[str]:
    """The statistics, figures and the ledger that show any of these cells."""
    cells = set(cells)
    return pooled(study, lambda experiment, statistic: bool(cells & set(study.experiments[experiment].cells)))


def figures(study: Study) -> set[str]:
    return {f"draw {name}" for name in dag.figures(study)} | {"draw the ledger", "draw the calibration"}


# Nothing to be done ---------------------------------------------------------------------------------------------------


def test_a_finished_study_is_finished(finished):
    assert finished.jobs() == set()


def test_touching_any_file_reruns_nothing(finished):
    for path in finished.folder.rglob("*"):
        if ".snakemake" not in path.parts:
            path.touch()
    assert finished.jobs() == set()


LARGE = """
study: large
seeds: {count: 2}
checkpoints: {count: 2}
cells: {wide: {like: arrows, model: {width: 128}, optimisation: {steps: 4}}}
experiments: {large: {cells: [wide]}}
selected: [large]
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Clone:
    """One small cell whose checkpoints are beyond the size up to which Snakemake by itself compares contents."""
    clone = Clone(tmp_path_factory.mktemp("large"))
    (clone.folder / "large.yaml").write_text(LARGE, encoding="utf-8")
    ran = clone.snakemake("evaluate", overlays=(SMOKE, "large.yaml"))
    assert ran.returncode == 0, ran.stderr[-4000:]
    return clone


def test_a_touched_checkpoint_of_more_than_a_megabyte_reruns_nothing(large):
    checkpoints = list(large.folder.rglob("*.safetensors"))
    assert len(checkpoints) == 3
    for path in checkpoints:
        assert path.stat().st_size > 1_000_000
        path.touch()
    asked = {"overlays": (SMOKE, "large.yaml")}
    assert large.jobs("evaluate", **asked) == set()
    # Snakemake's own limit would have evaluated again: it is the profile that keeps the promise.
    assert large.jobs("evaluate", "--max-checksum-file-size", "1MB", **asked) == evaluated(["wide"])


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_checkout_round_trip_reruns_nothing(finished, study):
    def git(*arguments: str) -> None:
        someone = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
        subprocess.run(["git", *someone, *arguments], cwd=finished.folder, check=True, capture_output=True)

    loop = finished.folder / CODE / "train/loop.py"
    shutil.copy2(ROOT / ".gitignore", finished.folder)
    git("init", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--message", "as it was")
    git("checkout", "-b", "elsewhere")
    loop.write_text(loop.read_text(encoding="utf-8") + "\nFRESH = 1\n", encoding="utf-8")
    git("commit", "--all", "--message", "other training")
    before = loop.stat().st_mtime_ns
    assert trained(study.cells) <= finished.jobs()
    git("checkout", "main")
    assert loop.stat().st_mtime_ns != before
    assert finished.jobs() == set()


def test_a_clone_that_was_moved_reruns_nothing(finished, tmp_path):
    home = finished.folder
    finished.folder = home.rename(tmp_path / "elsewhere")
    try:
        assert finished.jobs() == set()
    finally:
        finished.folder = finished.folder.rename(home)


def test_another_working_directory_reruns_nothing(finished, tmp_path):
    """The results lie in one folder and the workflow in another, which may move."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("results", ".snakemake"):
        shutil.copytree(finished.folder / name, home / name)
    assert finished.jobs("--directory", str(home)) == set()


def commented(source: str) -> str:
    return "# Said first.\n" + source + "\n# Said last.\n"


def documented(source: str) -> str:
    """Every docstring said otherwise, and one for each module that has none."""
    tree, lines = ast.parse(source), source.splitlines(keepends=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            first = node.body[0].lineno - 1
            lines[first] = lines[first].replace('"""', '"""Said otherwise. ', 1)
    return "".join(lines) if ast.get_docstring(tree) else '"""Said at last."""\n' + source


def reformatted(source: str) -> str:
    """All of it laid out anew, comments gone: a harder reformat than any formatter's."""
    return ast.unparse(ast.parse(source)) + "\n"


@pytest.mark.parametrize("change", [commented, documented, reformatted], ids=lambda change: change.__name__)
def test_what_is_only_said_in_any_module_reruns_nothing(finished, change):
    modules = sorted((finished.folder / CODE).rglob("*.py"))
    before = {path: path.read_text(encoding="utf-8") for path in modules}
    after = {path: change(source) for path, source in before.items()}
    assert after != before
    try:
        for path, source in after.items():
            path.write_text(source, encoding="utf-8")
        assert finished.jobs() == set()
    finally:
        for path, source in before.items():
            path.write_text(source, encoding="utf-8")


def test_comments_in_rule_files_config_and_dictionary_rerun_nothing(finished):
    told_of = [*finished.folder.glob("workflow/rules/*.smk"), *finished.folder.glob("workflow/schemas/**/*.yaml")]
    told_of += [finished.folder / name for name in ("Snakefile", "config.yaml", SMOKE)]
    before = {path: path.read_text(encoding="utf-8") for path in told_of}
    try:
        for path, source in before.items():
            inside = re.sub(r"^( +)shell:$", r"\1# Said in a rule.\n\1shell:", source, flags=re.MULTILINE)
            path.write_text(commented(inside).replace('meaning: "', 'meaning: "Said otherwise. '), encoding="utf-8")
        assert finished.jobs() == set()
    finally:
        for path, source in before.items():
            path.write_text(source, encoding="utf-8")


def test_keys_of_the_config_in_another_order_rerun_nothing(finished):
    def sorted_by_key(source: str) -> str:
        return yaml.safe_dump(yaml.safe_load(source), sort_keys=True)

    with finished.edited("config.yaml", sorted_by_key), finished.edited(SMOKE, sorted_by_key):
        assert finished.jobs() == set()


def test_another_machine_reruns_nothing(finished):
    """Memory, threads, cores, time, partition, a GPU: on the command line, and where a rule says them."""

    def larger(source: str) -> str:
        return (
            re.sub(r"mem_mb=(\d)", r"mem_mb=10 + \1", source)
            .replace("attempt: attempt", "attempt: 10 + attempt")
            .replace("runtime=", "runtime=9 + ")
            .replace("threads: 1", "threads: 2")
        )

    asked = ["--set-threads", "train_block=2", "--default-resources", "slurm_partition=long", "mem_mb=99"]
    asked += ["--set-resources", "train_block:mem_mb=9000", "train_block:gpu=1", "train_block:slurm_partition=gpu"]
    with finished.edited("workflow/rules/evaluate.smk", larger), finished.edited("workflow/rules/data.smk", larger):
        assert finished.jobs("--cores", "1", *asked) == set()


@pytest.mark.parametrize("profile", sorted(path.name for path in (ROOT / "profiles").iterdir() if path.is_dir()))
def test_every_profile_finds_the_study_finished(finished, profile):
    assert finished.jobs("--workflow-profile", f"profiles/{profile}") == set()


# Something to be done, and nothing else -------------------------------------------------------------------------------


def fresh(source: str) -> str:
    return source + "\nFRESH = 1\n"


def said(old: str, new: str) -> Callable[[str], str]:
    return lambda source: source.replace(old, new, 1)


def from_training_on(study: Study) -> set[str]:
    return trained(study.cells) | evaluated(study.cells) | pooled(study)


def of_cells(*cells: str) -> Callable[[Study], set[str]]:
    """Some cells from training on, and what shows them."""
    return lambda study: trained(cells) | evaluated(cells) | shown(study, cells)


def of_learned_positions(study: Study) -> set[str]:
    """Every cell that has them, from training on, and what shows it."""
    placed = [name for name, cell in study.cells.items() if cell.model.get("position", {}).get("kind") == "learned"]
    return of_cells(*placed)(study)


TARGET_ONLY = f"{CODE}/train/objectives/target_only.py"


def of_target_only(study: Study) -> list[str]:
    return [name for name, cell in study.cells.items() if cell.family == "target-only"]


def figures_of_target_only(study: Study) -> set[str]:
    cells = set(of_target_only(study))
    return {f"draw {name}" for name, (of, _) in dag.figures(study).items() if cells & set(study.experiments[of].cells)}


def of_statistic(name: str) -> Callable[[Study], set[str]]:
    return lambda study: pooled(study, lambda experiment, statistic: statistic == name)


CONFIG, LEDGER = "config.yaml", "workflow/claims.yaml"
EDITS = {
    "one figure": (f"{CODE}/figures/plots/weights.py", fresh, lambda study: {"draw bilinear_weights"}),
    "what figures share": (f"{CODE}/figures/palette.py", fresh, figures),
    "their style sheet": (f"{CODE}/figures/style.mplstyle", lambda source: source + "lines.linewidth: 9\n", figures),
    "a claim's text": (LEDGER, said("  - id: epsilon_falls", "  - id: epsilon_fell"), lambda study: JUDGED),
    "a comment on a claim": (LEDGER, commented, lambda study: JUDGED),
    "the judging of claims": (f"{CODE}/statistics/judgement.py", fresh, lambda study: JUDGED),
    "one statistic": (f"{CODE}/statistics/estimates/mask.py", fresh, of_statistic("mask")),
    "a statistic that the study does not take": (
        f"{CODE}/statistics/estimates/learning.py",
        fresh,
        lambda study: set(),
    ),
    "what statistics share": (f"{CODE}/statistics/runs.py", fresh, lambda study: pooled(study) | CALIBRATED),
    "the calibration": (f"{CODE}/statistics/scenarios.py", fresh, lambda study: CALIBRATED),
    "an evaluation": (f"{CODE}/evaluate/gradients.py", fresh, lambda study: evaluated(study.cells) | pooled(study)),
    "training": (f"{CODE}/train/loop.py", fresh, from_training_on),
    "what training writes to its log": (f"{CODE}/progress.py", fresh, from_training_on),
    "an objective": (f"{CODE}/train/objectives/target_only.py", fresh, of_cells("target_only")),
    "an objective's colour": (TARGET_ONLY, said("SETTINGS", 'COLOUR = "#112233"\nSETTINGS'), figures_of_target_only),
    "an objective's family": (
        TARGET_ONLY,
        said('FAMILY = "target-only"', 'FAMILY = "its own"'),
        lambda study: shown(study, of_target_only(study)),
    ),
    "a position encoding": (f"{CODE}/models/positions/learned.py", fresh, of_learned_positions),
    "a position encoding that evaluation imports": (
        f"{CODE}/models/positions/rope.py",
        fresh,
        lambda study: (
            trained(with_setting(study, "model", "position", "rope")) | evaluated(study.cells) | pooled(study)
        ),
    ),
    "an architecture": (
        f"{CODE}/models/architectures/bilinear.py",
        fresh,
        of_cells("bilinear_32", "bilinear_orthonormal"),
    ),
    "a layout": (
        f"{CODE}/data/layouts/with_relation.py",
        fresh,
        lambda study: (
            told(set(study.datasets) - {"words"})
            | of_cells(*with_setting(study, "data", "layout", "with_relation"))(study)
        ),
    ),
    "texts": (f"{CODE}/data/sentences.py", fresh, lambda study: told(study.datasets) | from_training_on(study)),
    "what reads the config": (f"{CODE}/study.py", fresh, lambda study: set()),
    "one cell's settings": (CONFIG, said("angle: 1.9634954084936207", "angle: 2"), of_cells("alias_2_plus")),
    "one cell's name in figures": (
        CONFIG,
        said("label: target-only,", "label: target only,"),
        lambda study: shown(study, ["target_only"]),
    ),
    "intervals": (SMOKE, said("confidence: 0.8", "confidence: 0.7"), pooled),
    "the gate": (CONFIG, said("gate: 0.99", "gate: 0.98"), pooled),
    "what is measured": (SMOKE, said("facts: 8", "facts: 6"), lambda study: evaluated(study.cells) | pooled(study)),
}


def with_setting(study: Study, part: str, key: str, kind: str) -> list[str]:
    """Cells whose `key`, a setting of their model or data, is of a kind."""
    return [name for name, cell in study.cells.items() if getattr(cell, part).get(key, {}).get("kind") == kind]


@pytest.mark.parametrize(("file", "change", "expected"), EDITS.values(), ids=EDITS)
def test_an_edit_reruns_what_it_changes(finished, study, file, change, expected):
    with finished.edited(file, change):
        assert finished.jobs() == expected(study)


FRESH_CELL = """
cells: {fresh: {like: reference, label: fresh, model: {position: {kind: alibi}}}}
"""
ADDED = {
    "a cell": (
        FRESH_CELL + "experiments: {alignment: {cells: [mdm, target_only, arm, fresh]}}",
        lambda study: trained(["fresh"]) | evaluated(["fresh"]) | of_statistic("alignment")(study),
    ),
    "a cell that no experiment takes": (FRESH_CELL, lambda study: set()),
    "an experiment": (
        FRESH_CELL + "experiments: {more: {cells: [mdm, fresh], statistics: [accuracy], figures: [families]}}\n"
        "selected: [bilinear, reversal, mitigation, correlation, alignment, dose, more]",
        lambda study: trained(["fresh"]) | evaluated(["fresh"]) | {"accuracy of more", "draw more_families"} | JUDGED,
    ),
    "a block of seeds": (
        "seeds: {count: 4}",
        lambda study: (
            told(study.datasets, "2-3") | trained(study.cells, "2-3") | evaluated(study.cells, "2-3") | pooled(study)
        ),
    ),
}


def stages(study: Study) -> list[tuple[Callable[..., set[str]], Iterable[str]]]:
    return [(told, study.datasets), (trained, study.cells), (evaluated, study.cells)]


@pytest.mark.parametrize(("overlay", "expected"), ADDED.values(), ids=ADDED)
def test_an_addition_runs_what_is_new_and_what_pools_it(finished, study, overlay, expected):
    (finished.folder / "added.yaml").write_text(overlay, encoding="utf-8")
    assert finished.jobs(overlays=(SMOKE, "added.yaml")) == expected(study)


UPGRADES = {
    "matplotlib": figures,
    "statsmodels": lambda study: pooled(study) | CALIBRATED,
    "torch": from_training_on,
    "numpy": lambda study: told(study.datasets) | from_training_on(study) | CALIBRATED,
}


@pytest.mark.parametrize(("library", "expected"), UPGRADES.items(), ids=UPGRADES)
def test_an_upgrade_reruns_what_the_library_computes(finished, study, tmp_path, monkeypatch, library, expected):
    record = tmp_path / f"{library}-999.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: 999.0\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert finished.jobs() == expected(study)


# Deleted files --------------------------------------------------------------------------------------------------------

OF_DOSE = {"cell": "dose_0", "block": BLOCK}
TEXT = paths.PAIRS.format(dataset="facts", block=BLOCK)
HISTORY, TIMING, RECORD = (form.format(**OF_DOSE) for form in (paths.HISTORY, paths.TIMING, paths.RUN))
CHECKPOINT = paths.CHECKPOINT.format(**OF_DOSE, checkpoint=3)
QUERIES = paths.EVALUATED.format(**OF_DOSE, table="queries")
ALIGNMENT = paths.STATISTIC.format(experiment="alignment", statistic="alignment")


@contextmanager
def without(clone: Clone, *names: str) -> Iterator[None]:
    """Some results away for a while."""
    for name in names:
        path = clone.results / name
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        yield
    finally:
        for name in names:
            path = clone.results / name
            path.with_name(f"{path.name}.away").replace(path)


def test_deleted_intermediates_are_missed_by_nobody(finished):
    with without(finished, TEXT, HISTORY, TIMING, RECORD, CHECKPOINT, QUERIES):
        assert finished.jobs() == set()


DELETED = {
    "a figure": (paths.FIGURE.format(figure="dose_response", format="pdf"), [], lambda study: {"draw dose_response"}),
    "a statistic": (ALIGNMENT, [], of_statistic("alignment")),
    "a text, and its stage asked for": (TEXT, ["data"], lambda study: told(["facts"])),
    "a checkpoint, and its stage asked for": (CHECKPOINT, ["train"], lambda study: trained(["dose_0"])),
    "a checkpoint, and its evaluation asked for": (
        CHECKPOINT,
        ["--forcerun", f"results/smoke/{QUERIES}"],
        of_cells("dose_0"),
    ),
    "a table, and a statistic of it asked for": (
        QUERIES,
        ["--forcerun", "results/smoke/statistics/dose/dose.parquet"],
        lambda study: evaluated(["dose_0"]) | shown(study, ["dose_0"]),
    ),
}


@pytest.mark.parametrize(("name", "asked", "expected"), DELETED.values(), ids=DELETED)
def test_a_deleted_file_is_made_again_for_what_needs_it(finished, study, name, asked, expected):
    with without(finished, name):
        assert finished.jobs(*asked) == expected(study)


def test_what_is_made_again_as_it_was_reruns_nothing(finished):
    deleted = {name: (finished.results / name).read_bytes() for name in (TEXT, QUERIES)}
    for stage, name in (("data", TEXT), ("evaluate", QUERIES)):
        (finished.results / name).unlink()
        ran = finished.snakemake(stage)
        assert ran.returncode == 0, ran.stderr[-4000:]
    assert {name: (finished.results / name).read_bytes() for name in deleted} == deleted
    assert finished.jobs() == set()


def test_a_cell_trained_again_as_it_was_reruns_nothing(finished):
    """How many seconds it took stands apart, in a table that no statistic of this study reads."""
    with without(finished, HISTORY, TIMING, CHECKPOINT):
        before = (finished.results / f"{HISTORY}.away").read_bytes()
        ran = finished.snakemake("train")
        assert ran.returncode == 0, ran.stderr[-4000:]
        assert (finished.results / HISTORY).read_bytes() == before
        assert finished.jobs() == set()
    assert finished.jobs() == set()


# What the README shows ------------------------------------------------------------------------------------------------


@contextmanager
def rewritten(clone: Clone) -> Iterator[None]:
    """A text in other bytes, as another version of pyarrow might write it."""
    path = clone.results / TEXT
    before = path.read_bytes()
    pq.write_table(pq.read_table(path), path, compression="snappy")
    assert path.read_bytes() != before
    try:
        yield
    finally:
        path.write_bytes(before)


LOOP, PALETTE, RUNS = (f"{CODE}/{name}.py" for name in ("train/loop", "figures/palette", "statistics/runs"))
COMMANDS = {
    "train": ([LOOP], lambda study: trained(study.cells)),
    "--until train_block": ([LOOP], lambda study: trained(study.cells)),
    "--omit-from judge_claims": ([RUNS], lambda study: (pooled(study) | CALIBRATED) - JUDGED),
    "--forcerun train_block --until train_block": ([], lambda study: trained(study.cells)),
    "--forcerun results/default/train/mdm/1000-1009/run.json": ([], of_cells("mdm")),
    "--consider-ancient train_block=pairs,sentences evaluate_block=pairs": ([TEXT], lambda study: set()),
    "--rerun-triggers mtime": ([LOOP], lambda study: set()),
    "--allowed-rules dose_response": ([LOOP, PALETTE], lambda study: {"draw dose_response"}),
    "--touch": ([LOOP], None),
}
"""What the README's commands ask for → what was edited before, and which jobs follow."""


def section() -> str:
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Partial reruns\n")
    return rest.partition("\n## ")[0]


def test_the_readme_shows_the_commands_that_are_tried_here():
    shown = re.findall(r"^snakemake --cores all (.*?) *(?:#.*)?$", section(), re.MULTILINE)
    assert shown == list(COMMANDS)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "--touch"])
def test_a_command_of_the_readme_runs_what_it_says(finished, study, command):
    edits, expected = COMMANDS[command]
    with ExitStack() as edited:
        for file in edits:
            edited.enter_context(rewritten(finished) if file == TEXT else finished.edited(file, fresh))
        asked = command.replace("results/default", "results/smoke").replace("1000-1009", BLOCK).split()
        assert finished.jobs(*asked) == expected(study)


def test_what_is_touched_counts_as_made_by_the_code_of_now(finished, tmp_path, study):
    clone = Clone(tmp_path)
    clone.take(finished.folder)
    with clone.edited(LOOP, fresh):
        assert clone.jobs() == from_training_on(study)
        ran = clone.snakemake("--touch")
        assert ran.returncode == 0, ran.stderr[-4000:]
        assert clone.jobs() == set()
