"""Every checkpoint that cannot be had, or must not run, is one line with the way out; one that can be had needs no network twice."""

import json
import shutil

import pytest
import torch
from huggingface_hub import constants

from reversal.errors import ReversalError
from reversal.language.probe import remote_code
from reversal.language.probe.loaded import load
from reversal.language.probe.reading import Reading, reading
from tests import hub
from tests.language_models import pieces, remote, saved, words

CPU = torch.device("cpu")
MASKS = {"llada_shaped": "<|mdm_mask|>", "dream_shaped": "<|mask|>"}


def said(checkpoint, kind="masked", **settings):
    """The error's one line."""
    with pytest.raises(ReversalError) as caught:
        load(str(checkpoint), Reading(kind, **settings), CPU)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.fixture
def bert(tmp_path):
    return saved(tmp_path / "bert", "bert", words())


# the hub


@pytest.fixture
def at(monkeypatch, tmp_path):
    """Points the hub's client to an address, with an empty cache."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    def point(url):
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")

    return point


def test_a_pinned_name_is_fetched_once_without_pickles_and_then_needs_no_network(at, bert):
    (bert / "pytorch_model.bin").write_bytes(b"pickle")
    (bert / "convert.py").write_text("raise SystemExit")
    (bert / "onnx").mkdir()
    shutil.copy(bert / "model.safetensors", bert / "onnx/model.safetensors")
    with hub.serving({"lab/bert": bert}) as served:
        at(served.url)
        first = load("lab/bert", Reading("masked", revision=hub.COMMIT), CPU)
    assert sorted(set(served.fetched)) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    again = load("lab/bert", Reading("masked", revision=hub.COMMIT), CPU)
    shown = torch.tensor([[3, 7, 2, 4]])
    assert torch.equal(*(one.logits(shown, torch.tensor([[2]])) for one in (first, again)))


def test_a_wrong_name_and_a_wrong_revision(at, bert):
    with hub.serving({"lab/bert": bert}) as served:
        at(served.url)
        assert said("lab/bort", revision=hub.COMMIT).startswith(
            "lab/bort: no such checkpoint on the hub, or a private one"
        )
        assert said("lab/bert", revision="d" * 40).startswith(f"lab/bert: has no revision {'d' * 40}; take a commit")


def test_a_gated_model(at):
    with hub.serving({"lab/gated": "GatedRepo"}) as served:
        at(served.url)
        assert said("lab/gated", revision=hub.COMMIT).startswith(
            "lab/gated: gated; accept its licence on its page, then log in"
        )


@pytest.mark.parametrize("offline", [False, True], ids=["nobody listens", "told to stay offline"])
def test_no_network(at, monkeypatch, offline):
    at("http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)  # between attempts
    line = said("lab/bert", revision=hub.COMMIT)
    assert line.startswith("lab/bert: not in the cache and the hub cannot be reached")
    assert f"`hf download lab/bert --revision {hub.COMMIT}`" in line


@pytest.mark.parametrize("revision", [None, "main", "v1", "c" * 39])
def test_a_name_without_a_commit_pins_nothing(revision):
    assert said("lab/bert", revision=revision).startswith(
        f"lab/bert: revision {revision!r} pins nothing; a name needs the commit"
    )


@pytest.mark.parametrize("path", ["results/none/here", "./none", "/none"])
def test_a_folder_that_is_not_there(path):
    assert said(path).startswith(f"{path}: no such folder")


# what a folder holds


def test_pickled_weights_are_not_opened(bert):
    torch.save({}, bert / "pytorch_model.bin")
    (bert / "model.safetensors").unlink()
    assert said(bert).startswith(
        f"{bert}: has only pickled weights (pytorch_model.bin), which run code when they are opened"
    )
    (bert / "pytorch_model.bin").unlink()
    assert said(bert).startswith(f"{bert}: has no weights")


def test_damaged_and_incomplete_folders(bert):
    weights = (bert / "model.safetensors").read_bytes()
    (bert / "model.safetensors").write_bytes(weights[:-100])
    assert said(bert).startswith(f"{bert}: its model cannot be loaded (SafetensorError: ")
    (bert / "model.safetensors").write_bytes(weights)
    (bert / "config.json").write_text("{")
    assert said(bert).startswith(f"{bert}/config.json: damaged")
    (bert / "config.json").unlink()
    assert said(bert).startswith(f"{bert}: no config.json that names a model_type")


def test_weights_that_are_missing_are_not_random(bert):
    from safetensors.torch import load_file, save_file

    kept = {
        name: value
        for name, value in load_file(bert / "model.safetensors").items()
        if "layer.1.attention.self.key" not in name
    }
    save_file(kept, bert / "model.safetensors", metadata={"format": "pt"})
    assert said(bert).startswith(
        f"{bert}: 2 of its weights are missing or of another shape, such as bert.encoder.layer.1.attention"
    )


def test_a_kind_that_a_family_is_not(bert):
    assert said(bert, kind="causal") == f"kind: 'causal' does not fit {bert}, a bert; it is masked"


def test_a_mask_token_that_is_absent(bert, tmp_path):
    assert said(bert, mask_token="<mask>").endswith(
        "mask_token '<mask>' is not in its vocabulary; set mask_token to one that is: [MASK]"
    )
    tokenizer = words()
    tokenizer.mask_token = None
    tokenizer.save_pretrained(bert)
    assert said(bert).startswith(f"{bert}: its tokenizer names no mask token; set mask_token to one that is")
    assert load(str(bert), Reading("masked", mask_token="[MASK]"), CPU).mask == 2


# code of its own


@pytest.mark.parametrize("shape", MASKS)
def test_code_runs_only_where_it_is_allowed_and_pinned(shape, tmp_path):
    folder = remote(tmp_path / shape, shape, pieces(), MASKS[shape])
    digest = remote_code.digest(folder)
    assert said(folder).endswith(
        f"remote_code is false; if you have read and trust it, set remote_code: true and revision: {digest}"
    )
    assert "whose digest is " + digest in said(folder, remote_code=True)
    assert "whose digest is " + digest in said(folder, remote_code=True, revision="c" * 40)
    loaded = load(str(folder), Reading("masked", remote_code=True, revision=digest), CPU)
    assert loaded.shifted == (shape == "dream_shaped")
    assert loaded.tokenizer.convert_ids_to_tokens(loaded.mask) == MASKS[shape]
    module = next(folder.glob("modeling_*.py"))
    module.write_text(module.read_text() + "\nraise SystemExit('ran')\n")
    assert f"revision {digest!r} is not its code" in said(folder, remote_code=True, revision=digest)


def test_the_digest_is_of_names_and_bytes(tmp_path):
    found = set()
    for names in (["a.py"], ["b.py"], ["a.py", "b.py"], ["sub/a.py"]):
        folder = tmp_path / str(len(found))
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("pass")
        (folder / "config.json").write_text(str(names))
        found.add(remote_code.digest(folder))
    assert len(found) == 4
    assert all(len(one) == 40 for one in found)


def test_code_of_another_checkpoint_never_runs(tmp_path):
    folder = remote(tmp_path / "dream", "dream_shaped", pieces(), "<|mask|>")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"]["AutoModel"] = "other/lab--modeling_dream.DreamModel"
    (folder / "config.json").write_text(json.dumps(config))
    line = said(folder, remote_code=True, revision=remote_code.digest(folder))
    assert line.startswith(
        f"{folder}: names code of another checkpoint (other/lab--modeling_dream.DreamModel), which no revision pins"
    )


def test_a_family_that_transformers_knows_needs_none_of_the_code_beside_it(bert):
    """With remote_code false, the code beside the weights is left alone, and not imported."""
    config = json.loads((bert / "config.json").read_text())
    config["auto_map"] = {"AutoModelForMaskedLM": "modeling_own.Own"}
    (bert / "config.json").write_text(json.dumps(config))
    (bert / "modeling_own.py").write_text("raise SystemExit('ran')")
    assert type(load(str(bert), Reading("masked"), CPU).model).__name__ == "BertForMaskedLM"


def test_code_that_fails_is_told_in_a_line(tmp_path):
    folder = remote(tmp_path / "llada", "llada_shaped", pieces(), "<|mdm_mask|>")
    for name in (
        "modeling_llada.py",
        "configuration_llada.py",
    ):  # of a configuration that it knows, it takes the old model
        module = folder / name
        module.write_text(module.read_text().replace("self.post_init()", "self.all_gone()") + "\n# another\n")
    line = said(folder, remote_code=True, revision=remote_code.digest(folder))
    assert line.startswith(f"{folder}: its model cannot be loaded (AttributeError: ")
    assert "its own code may want another release than transformers" in line


# settings


def test_readings_of_published_and_of_trained_models():
    published = {
        "checkpoint": "lab/x",
        "revision": "c" * 40,
        "kind": "masked",
        "dtype": "bfloat16",
        "probe": {"batch": 3, "layers": [1]},
    }
    assert reading(published) == Reading("masked", revision="c" * 40, dtype="bfloat16", batch=3, layers=(1,))
    for model, kind in (("modernbert", "masked"), ("modernbert_decoder", "causal")):
        assert reading({"model": {"kind": model}, "precision": "float32"}) == Reading(kind)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"kind": "both"}, "kind: 'both' does not fit; one of: masked, causal"),
        ({"probe": {"decoding": "last"}}, "decoding: 'last' does not fit; one of: at_once, confident_first"),
        (
            {"probe": {"batches": 3}},
            "probe.batches: no such key; known here: batch, decoding, candidates, slopes, compared, layers",
        ),
    ],
)
def test_settings_that_the_probe_does_not_know(change, line):
    with pytest.raises(ReversalError) as caught:
        reading({"checkpoint": "x", "kind": "masked", **change})
    assert str(caught.value) == line
