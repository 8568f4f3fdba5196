"""Resumed equals uninterrupted, bit for bit, for every family and at any step; what cannot be used is refused and left."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from reversal import criterion
from reversal.errors import ReversalError
from reversal.train import state
from reversal.train.loop import Trainer
from reversal.train.stage import model_of
from reversal.train.state import Point, Store, forget
from tests.runs import BILINEAR, FAMILIES, cell, training

SEEDS = (3, 8)
STEPS = 12
CELLS = {name: (change,) for name, change in FAMILIES.items()} | {"bilinear": BILINEAR}


def stepped(trainer, until):
    """Take steps up to one; the checkpoints and rows made on the way."""
    history, kept = [], []
    while trainer.step < until:
        made = trainer.advance(history.append)
        if made:
            kept.append(made)
    return kept, history


def bits(kept, history):
    """What must be equal: all but the time."""
    tensors = [value for made in kept for part in made[2:] for _, value in sorted(part.items())]
    rows = [
        tuple(map(str, row[:2])) + tuple(a.tobytes() for a in row[2:6]) + row[6:7]
        for row in history
        if row.step < STEPS
    ]
    return tensors, rows


def point_of(trainer, history):
    rows = [(SEEDS, moment) for moment in history]
    return Point(0, len(SEEDS), trainer.step, trainer.seconds, trainer.tensors(), rows)


def stopping_early(change, *data):
    """A change of a cell, and of its text, whose runs stop two steps after they have learnt."""
    optimisation = {**change.get("optimisation", {}), "steps": STEPS, "final": 1, "stop_after": 2}
    return ({**change, "optimisation": optimisation}, *data)


EARLY = {f"{name}, stopping early": stopping_early(*change) for name, change in CELLS.items()}


@pytest.mark.parametrize("change", (CELLS | EARLY).values(), ids=CELLS | EARLY)
def test_resumed_at_any_step_equals_uninterrupted(tmp_path, monkeypatch, change):
    monkeypatch.setattr(criterion, "LEARNT", 1 / 12)  # one pair of twelve: within so few steps some seeds are there
    of = cell(*change, steps=STEPS)
    model, what = model_of(of.settings), training(of, SEEDS)
    whole, rows = bits(*stepped(Trainer(model, what), STEPS + 1))
    for step in range(STEPS + 2):
        trainer = Trainer(model, what)
        kept, history = stepped(trainer, step)
        store = Store(tmp_path, {"until": step}, "here")
        store.save(point_of(trainer, history), {(0, of.checkpoints.index(c.step)): c for c in kept})
        del trainer
        point = Store(tmp_path, {"until": step}, "here").newest(of.checkpoints)
        resumed = Trainer(model, what)
        resumed.restore(point.step, point.seconds, point.tensors)
        more, later = stepped(resumed, STEPS + 1)
        tensors, found = bits(kept + more, [moment for _, moment in point.history] + later)
        assert found == rows
        assert len(tensors) == len(whole)
        assert all(torch.equal(one, other) for one, other in zip(tensors, whole, strict=True)), step


@pytest.fixture
def started(tmp_path):
    """A store with three saves of a training, of which two points stay."""
    of = cell({}, steps=STEPS)
    trainer, store = Trainer(model_of(of.settings), training(of, SEEDS)), Store(tmp_path, {"settings": 1}, "here")
    kept, history = [], []
    for until in (4, 6, 9):
        more, rows = stepped(trainer, until)
        kept, history = kept + more, history + rows
        store.save(point_of(trainer, history), {(0, of.checkpoints.index(c.step)): c for c in kept})
    return store, of.checkpoints


def points(store):
    return sorted(store.folder.glob("*.safetensors"), key=lambda path: int(path.stem))


def test_the_two_newest_points_are_kept(started):
    store, checkpoints = started
    assert [path.stem for path in points(store)] == ["2", "3"]
    assert store.newest(checkpoints).step == 9


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_point_falls_back_to_the_one_before(started, caplog, share):
    store, checkpoints = started
    newest = points(store)[-1]
    content = newest.read_bytes()
    newest.write_bytes(content[: int(len(content) * share)])
    assert store.newest(checkpoints).step == 6
    assert "3.safetensors: cannot be read" in caplog.text


def test_with_every_point_truncated_training_begins_anew(started):
    store, checkpoints = started
    for path in points(store):
        path.write_bytes(path.read_bytes()[:100])
    assert store.newest(checkpoints) is None


def test_a_point_whose_checkpoint_is_gone_is_not_used(started, caplog):
    store, checkpoints = started
    made = [number for number, step in enumerate(checkpoints) if step < 9]
    store.checkpoint(0, made[-1]).write_bytes(b"cut")
    found = store.newest(checkpoints)
    assert found is None or found.step <= checkpoints[made[-1]]
    assert "checkpoint cannot be read" in caplog.text


def test_a_state_of_another_version_is_left_alone(started, monkeypatch, caplog):
    store, checkpoints = started
    monkeypatch.setattr(state, "VERSION", "3")
    before = {path: path.read_bytes() for path in points(store)}
    assert store.newest(checkpoints) is None
    assert "is of version 2, and this code reads 3" in caplog.text
    later = Store(store.folder.parent, store.identity, "here")
    later.save(Point(0, 2, 1, 0.0, {"a": torch.zeros(1)}, []), {})
    assert {path: path.read_bytes() for path in before} == before


def test_a_state_of_another_training_is_refused(started, caplog):
    store, checkpoints = started
    newest = points(store)[-1]
    tensors = load_file(newest)
    save_file(tensors, newest, metadata={"version": state.VERSION, "fingerprint": "another"})
    assert store.newest(checkpoints).step == 6
    assert f"belongs to the training another, not to {store.fingerprint}" in caplog.text


def test_state_of_the_same_runs_under_other_settings_is_told(started):
    store, _ = started
    other = Store(store.folder.parent, {"settings": 2}, "here")
    elsewhere = Store(store.folder.parent, {"settings": 2}, "there")
    (line,) = other.strangers()
    assert "of these runs with other settings" in line
    assert not list(elsewhere.strangers())


def test_the_label_says_what_the_state_is_of(started):
    store, _ = started
    assert json.loads((store.folder / state.LABEL).read_text()) == {"outputs": "here", "settings": 1}


def test_an_unwritable_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = Store(tmp_path / "file", {}, "here")
    with pytest.raises(ReversalError, match=r"training\.json: cannot be written"):
        store.save(Point(0, 2, 1, 0.0, {"a": torch.zeros(1)}, []), {})


def test_forgetting_cleans_every_state_of_the_same_outputs_and_no_other(started):
    store, _ = started
    states, point = store.folder.parent, Point(0, 2, 1, 0.0, {"a": torch.zeros(1)}, [])
    earlier, other = Store(states, {"settings": 2}, "here"), Store(states, {"settings": 2, "seeds": 3}, "there")
    earlier.save(point, {})
    other.save(point, {})
    for _ in range(2):
        forget(states, Path("here"))
        assert list(states.iterdir()) == [other.folder]
