"""A block from its corpora to folders that transformers loads; stopped and run again it ends like one left alone."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from reversal import tables
from reversal.errors import ReversalError, Stopped
from reversal.fingerprint import canonical, fingerprint
from reversal.language.train.stage import train_block
from reversal.train.interruption import Watch
from reversal.train.keeper import Saving
from tests.configs import ROOT
from tests.corpora import FACTS, OBJECTIVES, corpus, settings, write

CPU = torch.device("cpu")
STEPS = 8


class After(Watch):
    """Stops a job after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def reason(self):
        self.steps -= 1
        return None if self.steps else "the test"


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Passages and questions of two seeds."""
    return corpus(tmp_path_factory.mktemp("text"), (1, 2))


def run(folder, text, of, *seeds, watch=None, every=1e9, code="this code"):
    """Train a block into a folder, of seed 1 if none is said."""
    made = folder / "checkpoints"
    train_block(
        *(of, seeds or (1,), *text, folder / "history.parquet", folder / "timing.parquet", folder / "run.json"),
        *([made / "initial", made / "trained"], CPU, Saving(folder.parent / ".state", code, every, watch or Watch())),
    )


def bytes_of(folder):
    """Every file of a run by its path, but the one that is not reproducible."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in files.items() if name != "timing.parquet"}


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_checkpoints_are_folders_that_transformers_loads(tmp_path, text, objective):
    run(tmp_path / "one", text, settings(objective, STEPS))
    loads = AutoModelForCausalLM if objective["kind"] == "arm" else AutoModelForMaskedLM
    made = [loads.from_pretrained(tmp_path / "one" / "checkpoints" / name / "1") for name in ("initial", "trained")]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "one" / "checkpoints" / "trained" / "1")
    asked = tokenizer([f"{head} - {tail}" for _, head, tail in FACTS], return_tensors="pt")
    assert asked["input_ids"].shape == (len(FACTS), 4)
    initial, trained = (one(**asked).logits for one in made)
    assert initial.shape == (len(FACTS), 4, len(tokenizer))
    assert not torch.allclose(initial, trained)


def test_the_run_says_what_it_was(tmp_path, text):
    of = settings(steps=STEPS)
    run(tmp_path / "one", text, of, 2, 1)
    said = json.loads((tmp_path / "one" / "run.json").read_text())
    history = tables.read(tmp_path / "one" / "history.parquet", "history").to_pandas()
    timing = tables.read(tmp_path / "one" / "timing.parquet", "timing").to_pandas()
    assert said["fingerprint"] == fingerprint(of)
    assert said["settings"] == of
    assert said["seeds"] == [2, 1]
    assert said["entity_tokens"] == {"2": 1, "1": 1}
    assert said["vocabulary"]["1"] == said["vocabulary"]["2"] > len(FACTS)
    assert len({*said["weights"].values()}) == 2
    run(tmp_path / "again", text, of, 1)
    assert json.loads((tmp_path / "again" / "run.json").read_text())["weights"] == {"1": said["weights"]["1"]}
    assert {"torch", "transformers", "tokenizers"} <= said["versions"].keys()
    last = history[history.step == STEPS].groupby("seed").accuracy.min()
    assert said["trained_accuracy"] == {str(seed): pytest.approx(accuracy) for seed, accuracy in last.items()}
    assert set(history.seed) == set(timing.seed) == {1, 2}
    assert sorted(timing.step) == sorted([*range(STEPS + 1)] * 2)
    assert sorted(set(history.step)) == list(range(STEPS + 1))


def test_a_small_model_learns_what_it_is_told(tmp_path, text):
    """Both trained queries of every fact, by the accuracy that the gate reads; the ARM its own."""
    for objective in ("MDM", "ARM"):
        of = settings(OBJECTIVES[objective], 400)
        of["model"] |= {"width": 32, "feedforward": 64}
        of["optimisation"]["batch"] = 0
        run(tmp_path / objective, text, of)
        said = json.loads((tmp_path / objective / "run.json").read_text())
        assert said["trained_accuracy"] == {"1": 1}


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_stopped_at_every_turn_it_ends_the_same(tmp_path, text, objective):
    of = settings(objective, STEPS)
    run(tmp_path / "whole" / "run", text, of, 1, 2)
    assert not (tmp_path / "whole" / ".state").exists()
    stops, folder = 0, tmp_path / "parts" / "run"
    while not (folder / "run.json").exists():
        try:
            run(folder, text, of, 1, 2, watch=After(3))
        except Stopped:
            stops += 1
        assert (folder / "checkpoints").exists() == (folder / "run.json").exists()
    turns = 2 * (STEPS + 1)  # the last update of each seed is a turn too
    assert stops == turns // 3
    assert bytes_of(folder) == bytes_of(tmp_path / "whole" / "run")


def test_other_code_begins_anew_and_says_so(tmp_path, text, caplog):
    of = settings(steps=STEPS)
    with pytest.raises(Stopped):
        run(tmp_path / "run", text, of, watch=After(3))
    with caplog.at_level("INFO"):
        run(tmp_path / "run", text, of, code="other code")
    assert "of these runs with other code; it may be deleted" in caplog.text
    assert "resuming" not in caplog.text


def test_a_seed_trains_alike_in_a_corpus_of_its_own(tmp_path, text):
    of, alone = settings(steps=STEPS), corpus(tmp_path, (2,))
    run(tmp_path / "both" / "run", text, of, 1, 2)
    run(tmp_path / "alone" / "run", alone, of, 2)
    both, one = (bytes_of(tmp_path / name / "run" / "checkpoints") for name in ("both", "alone"))
    assert one == {name: content for name, content in both.items() if "2/" in name}
    assert len(both) == 2 * len(one) > 0


SCRIPT = """
import json, sys, torch
from pathlib import Path
from tests.unit.language.train import test_stage
from reversal.train.interruption import Watch
watch = Watch()
watch.listen()
folder, passages, questions, of = sys.argv[1:]
try:
    test_stage.run(Path(folder), (Path(passages), Path(questions)), json.loads(of), watch=watch, every=0.01)
except test_stage.Stopped as stopped:
    sys.exit(stopped.status)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_signalled_goes_on_when_it_is_run_again(tmp_path, text, number):
    of = settings(steps=200)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "parts" / "run"), *map(str, text), canonical(of)]
    here = {**os.environ, "PYTHONPATH": f"{ROOT / 'workflow'}:{ROOT}"}
    first = subprocess.Popen(command, env=here, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("parts/.state/*/*.safetensors")):
        assert first.poll() is None, first.communicate()[1]
        time.sleep(0.01)
    first.send_signal(number)
    first.communicate()
    assert first.returncode == (os.EX_TEMPFAIL if number == signal.SIGTERM else -number)
    assert not (tmp_path / "parts" / "run" / "run.json").exists()
    run(tmp_path / "parts" / "run", text, of)
    run(tmp_path / "whole" / "run", text, of)
    assert bytes_of(tmp_path / "parts" / "run") == bytes_of(tmp_path / "whole" / "run")


def rows(path, **change):
    """The rows of a table, each with a change."""
    return [{**row, **change} for row in tables.read(path, path.stem).to_pylist()]


def test_a_corpus_without_the_seed_is_refused(tmp_path, text):
    with pytest.raises(ReversalError, match=r"passages\.parquet: holds no passage of seed 3"):
        run(tmp_path / "run", text, settings(steps=STEPS), 3)


def test_a_corpus_that_asks_no_trained_query_is_refused(tmp_path, text):
    asked = tmp_path / "questions.parquet"
    write(asked, rows(text[1], trained=False))
    with pytest.raises(ReversalError, match=r"questions\.parquet: asks no 'source' of seed 1 whose text is a passage"):
        run(tmp_path / "run", (text[0], asked), settings(steps=STEPS))


def test_an_entity_that_is_no_word_of_its_own_is_refused(tmp_path, text):
    asked = tmp_path / "questions.parquet"
    write(asked, rows(text[1], answer_start=0, answer_end=3))
    with pytest.raises(
        ReversalError, match=r"question 0: the entity 'Fra' of 'France - Paris' has no tokens of its own"
    ):
        run(tmp_path / "run", (text[0], asked), settings(steps=STEPS))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("kind", "objective"), [("modernbert", "ARM"), ("modernbert_decoder", "MDM")])
def test_an_objective_that_its_model_cannot_be_trained_for_is_refused(tmp_path, text, kind, objective):
    of = settings(OBJECTIVES[objective], STEPS)
    of["model"]["kind"] = kind
    with pytest.raises(ReversalError, match=rf"objective\.kind: '{of['objective']['kind']}' trains models of"):
        run(tmp_path / "run", text, of)
