"""The probe from files to files: every kind of checkpoint fills its tables, and one that fails leaves nothing."""

import pyarrow.parquet as pq
import pytest
import torch

from reversal import tables
from reversal.errors import ReversalError
from reversal.language.probe import remote_code
from reversal.language.probe.loaded import Loaded
from reversal.language.probe.stage import probe
from tests.language_models import NATIVE, SYMMETRIC, corpus, pieces, remote, saved, words

CPU = torch.device("cpu")
TABLES = ("answers", "heads", "slopes")
TRAINED = {"objective": {"kind": "mdm"}, "model": {"kind": "modernbert"}, "precision": "float32"}


def probed(folder, settings, checkpoints, templates=SYMMETRIC, **metadata):
    """The three tables as frames, and their paths."""
    outputs = {name: folder / "probe" / f"{name}.parquet" for name in TABLES}
    named = {step: [checkpoint] for step, checkpoint in checkpoints.items()}
    probe(settings, [7], named, **corpus(folder / "corpus", templates), **outputs, device=CPU, **metadata)
    return {name: tables.read(path, name).to_pandas() for name, path in outputs.items()}, outputs


@pytest.mark.parametrize("family", NATIVE)
def test_every_family_fills_its_tables(tmp_path, family):
    masked = family in ("modernbert", "bert")
    checkpoint = str(saved(tmp_path / family, family, pieces()))
    settings = {"checkpoint": checkpoint, "kind": "masked" if masked else "causal", "probe": {"batch": 9}}
    found, _ = probed(tmp_path, settings, {0: checkpoint})
    assert len(found["answers"]) == 8 * (4 if masked else 3)
    assert set(found["answers"]["seed"]) == {7}
    assert len(found["heads"]) == (3 * 2 * 4 if masked else 0)
    assert set(found["slopes"]["forward"]) == {"source" if masked else "target"}


@pytest.mark.parametrize(("shape", "mask"), [("llada_shaped", "<|mdm_mask|>"), ("dream_shaped", "<|mask|>")])
def test_remote_code_goes_the_same_way(tmp_path, shape, mask):
    place = remote(tmp_path / shape, shape, pieces(), mask)
    settings = {"checkpoint": str(place), "kind": "masked", "remote_code": True, "revision": remote_code.digest(place)}
    found, paths = probed(tmp_path, {**settings, "probe": {"decoding": "confident_first"}}, {0: str(place)})
    assert [len(found[name]) for name in TABLES] == [32, 24, len(set(found["slopes"]["group"]))]
    assert pq.read_schema(paths["heads"]).metadata[b"revision"].decode() == settings["revision"]


def test_checkpoints_of_one_training_stand_under_one_another(tmp_path):
    """Twice the same weights, said to be of two steps: the same numbers."""
    checkpoint = str(saved(tmp_path / "mdm", "modernbert", words()))
    found, paths = probed(tmp_path, TRAINED, {1200: checkpoint, 0: checkpoint}, cell="mdm")
    for frame in found.values():
        parts = [part.drop(columns="step").reset_index(drop=True) for _, part in frame.groupby("step")]
        assert list(frame["step"].unique()) == [0, 1200]
        assert parts[0].equals(parts[1])
    assert pq.read_schema(paths["answers"]).metadata[b"cell"] == b"mdm"


def test_each_seed_is_asked_its_own_corpus_at_its_own_checkpoint(tmp_path):
    """Two seeds, told the same of other facts, in one pair of tables: each as it is answered alone."""
    models = [str(saved(tmp_path / family, family, words())) for family in ("modernbert", "bert")]
    parts = {seed: corpus(tmp_path / str(seed), SYMMETRIC, seed=seed) for seed in (7, 8)}
    both = {name: tmp_path / f"{name}.parquet" for name in parts[7]}
    for name, path in both.items():
        tables.write(path, name, tables.read_all([part[name] for part in parts.values()], name))
    settings = {"checkpoint": models[0], "kind": "masked"}
    outputs = {name: tmp_path / "together" / f"{name}.parquet" for name in TABLES}
    probe(settings, (7, 8), {0: models}, **both, **outputs, device=CPU)
    found = tables.read(outputs["answers"], "answers").to_pandas()
    for (seed, part), model in zip(parts.items(), models, strict=True):
        alone = {name: tmp_path / f"alone {seed}" / f"{name}.parquet" for name in TABLES}
        probe(settings, [seed], {0: [model]}, **part, **alone, device=CPU)
        expected = tables.read(alone["answers"], "answers").to_pandas()
        assert found[found["seed"] == seed].reset_index(drop=True)["nll"].equals(expected["nll"])
    first, second = (part["nll"].to_numpy() for _, part in found.groupby("seed"))
    assert abs(first - second).max() > 0.01


def test_a_half_precision_model_answers_nearly_as_its_whole_one(tmp_path):
    checkpoint = str(saved(tmp_path / "bert", "bert", words(), initializer_range=0.1))
    settings = {"checkpoint": checkpoint, "kind": "masked"}
    found = {}
    for dtype in ("float32", "bfloat16"):
        found[dtype], _ = probed(tmp_path / dtype, {**settings, "dtype": dtype}, {0: checkpoint})
    nll = [frames["answers"]["nll"].to_numpy() for frames in found.values()]
    assert abs(nll[0] - nll[1]).max() < 0.05
    assert abs(nll[0] - nll[1]).max() > 0


def test_what_fails_at_the_last_checkpoint_has_written_nothing(tmp_path):
    checkpoint = str(saved(tmp_path / "mdm", "modernbert", words()))
    with pytest.raises(ReversalError, match="no such folder"):
        probed(tmp_path, TRAINED, {0: checkpoint, 1200: "./gone"})
    assert not (tmp_path / "probe").exists()


def test_out_of_memory_is_a_line_with_the_ways_out(tmp_path, monkeypatch):
    checkpoint = str(saved(tmp_path / "mdm", "modernbert", words()))

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(Loaded, "logits", full)
    with pytest.raises(ReversalError) as caught:
        probed(tmp_path, TRAINED, {0: checkpoint})
    assert str(caught.value) == (
        f"{checkpoint}: out of memory; set probe.batch below 128, dtype: bfloat16, "
        "device_map: auto over several GPUs, or probe.layers to some of them, or probe.slopes: false"
    )
    assert not (tmp_path / "probe").exists()


def test_a_model_whose_attention_is_not_seen_is_an_error(tmp_path):
    """LLaDA-shaped code that multiplies matrices itself: it runs, and records nothing."""
    place = remote(tmp_path / "llada", "llada_shaped", pieces(), "<|mdm_mask|>")
    for name in ("modeling_llada.py", "configuration_llada.py"):
        module = place / name
        by_hand = "torch.softmax(turned(q) @ turned(k).mT / 2, -1) @ v"
        start, call = module.read_text(), "F.scaled_dot_product_attention("
        if call in start:
            line = next(line for line in start.splitlines() if call in line)
            start = start.replace(line, f"        seen = {by_hand}")
        module.write_text(start + "\n# by hand\n")
    settings = {"checkpoint": str(place), "kind": "masked", "remote_code": True, "revision": remote_code.digest(place)}
    with pytest.raises(ReversalError, match="0 of 2 layers recorded their attention once, layer 0 did so 0 times"):
        probed(tmp_path, settings, {0: str(place)})
    assert not (tmp_path / "probe").exists()
