"""A checkpoint in memory: its model, its tokenizer, and how it is asked."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from reversal.errors import ReversalError
from reversal.language.probe import remote_code
from reversal.language.probe.adapters import Family, family
from reversal.language.probe.checkpoints import folder
from reversal.language.probe.reading import Reading

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


class Seen(NamedTuple):
    """What a model says in w places of n sentences."""

    logits: torch.Tensor
    """(n, w, V), single precision."""
    norm: torch.Tensor
    """log Σ exp over the vocabulary, (n, w)."""

    def log_p(self, sentences: torch.Tensor, places: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """log p of some tokens in some places of some sentences, in the shape that their numbers have together.

        The vocabulary is large and what is asked for is little: nothing of its size is made.
        """
        return self.logits[sentences, places, tokens] - self.norm[sentences, places]


@dataclass(frozen=True)
class Loaded:
    """A model that can be asked."""

    name: str
    model: torch.nn.Module
    tokenizer: Any
    family: Family
    masked: bool
    mask: int
    """[M]; −1 of a causal model."""
    shifted: bool

    @property
    def device(self) -> torch.device:
        """Where tokens go in."""
        return self.model.get_input_embeddings().weight.device

    @property
    def layers(self) -> Sequence[torch.nn.Module]:
        """Its layers, in order."""
        return functools.reduce(getattr, self.family.layers.split("."), self.model)

    def logits(self, tokens: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Scores of every token for the tokens at `places` (n, w) of sentences (n, L), (n, w, V), single precision.

        A masked model is read at the place itself, a causal one and a shifted one at the place before it.
        """
        found = self.model(input_ids=tokens).logits
        before = places if self.masked and not self.shifted else (places - 1).clamp(min=0)
        rows = torch.arange(len(tokens), device=found.device)[:, None]
        return found[rows, before.to(found.device)].float()

    def see(self, tokens: torch.Tensor, places: torch.Tensor) -> Seen:
        """The same with what makes log p of scores."""
        return _seen(self.logits(tokens, places))

    def after(self, prompts: torch.Tensor, paths: torch.Tensor) -> Seen:
        """What a causal model says behind each prompt (n, F) and behind each token of every path (P, T) after it.

        A prompt is read once for all its paths: n P sentences with T + 1 places, prompt by prompt.
        """
        read = self.model(input_ids=prompts, use_cache=True)
        logits = read.logits[:, -1:].repeat_interleave(len(paths), 0)
        if paths.shape[1]:
            held = read.past_key_values
            held.batch_repeat_interleave(len(paths))
            later = self.model(input_ids=paths.repeat(len(prompts), 1), past_key_values=held, use_cache=True).logits
            logits = torch.cat([logits, later], 1)
        return _seen(logits.float())


def _seen(logits: torch.Tensor) -> Seen:
    return Seen(logits, logits.logsumexp(-1))


def load(checkpoint: str, reading: Reading, device: torch.device) -> Loaded:
    """A checkpoint, ready to be asked; gradients are off.

    Raises:
        ReversalError: it is not there, not allowed, damaged, or not what the settings say.
    """
    place = folder(checkpoint, reading.revision, reading.remote_code)
    model_type = remote_code.configuration(place).get("model_type")
    if not model_type:
        raise ReversalError(f"{checkpoint}: no config.json that names a model_type; is it a folder of save_pretrained?")
    known = model_type in CONFIG_MAPPING_NAMES
    trusted = remote_code.runs(checkpoint, place, known, reading.remote_code, reading.revision)
    of = family(model_type, checkpoint)
    if reading.kind not in of.classes:
        raise ReversalError(
            f"kind: {reading.kind!r} does not fit {checkpoint}, a {model_type}; it is {', '.join(of.classes)}"
        )
    _safe(checkpoint, place)
    tokenizer = _tokenizer(checkpoint, place, trusted)
    model = _model(checkpoint, place, reading, of, trusted, device)
    mask = _mask(checkpoint, tokenizer, reading.mask_token or of.mask_token) if reading.masked else -1
    shifted = of.shifted if reading.shifted is None else reading.shifted
    return Loaded(checkpoint, model, tokenizer, of, reading.masked, mask, shifted)


def _safe(checkpoint: str, place: Path) -> None:
    """Pickles run code when they are opened, so they are not."""
    if not any(place.glob("*.safetensors")):
        pickled = sorted(path.name for path in place.glob("*") if path.suffix in (".bin", ".pt", ".pth", ".ckpt"))
        found = f"only pickled weights ({pickled[0]}), which run code when they are opened" if pickled else "no weights"
        raise ReversalError(
            f"{checkpoint}: has {found}; take a revision with model.safetensors, or save it once more with save_pretrained"
        )


def _tokenizer(checkpoint: str, place: Path, trusted: bool) -> Any:
    try:
        return transformers.AutoTokenizer.from_pretrained(place, trust_remote_code=trusted, local_files_only=True)
    except Exception as error:
        raise _not_loaded(checkpoint, "tokenizer", trusted, error) from error


def _model(
    checkpoint: str, place: Path, reading: Reading, of: Family, trusted: bool, device: torch.device
) -> torch.nn.Module:
    """The model with all its weights, in its number type, on its device."""
    wishes = {} if of.attention is None else {"attn_implementation": of.attention}
    if reading.device_map:
        wishes["device_map"] = reading.device_map
    try:
        model, report = getattr(transformers, of.classes[reading.kind]).from_pretrained(
            place,
            dtype=getattr(torch, reading.dtype),
            use_safetensors=True,
            trust_remote_code=trusted,
            local_files_only=True,
            output_loading_info=True,
            **wishes,
        )
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        raise _not_loaded(checkpoint, "model", trusted, error) from error
    absent = sorted(report["missing_keys"]) or sorted(str(key) for key in report["mismatched_keys"])
    if absent:
        raise ReversalError(
            f"{checkpoint}: {len(absent)} of its weights are missing or of another shape, such as {absent[0]}, and would be "
            f"random; kind {reading.kind!r} may be wrong, or the checkpoint was saved without its output layer"
        )
    model.config.use_cache = False  # nothing goes on from most sentences
    model.eval().requires_grad_(False)
    return model if reading.device_map else model.to(device)


def _not_loaded(checkpoint: str, what: str, trusted: bool, error: Exception) -> ReversalError:
    said = next(iter(str(error).splitlines()), "")
    way = (
        f"its own code may want another release than transformers {transformers.__version__}; see its page"
        if trusted
        else "is it a whole folder of save_pretrained?"
    )
    return ReversalError(f"{checkpoint}: its {what} cannot be loaded ({type(error).__name__}: {said}); {way}")


def _mask(checkpoint: str, tokenizer: Any, token: str | None) -> int:
    """The number of the mask token."""
    token = token or tokenizer.mask_token
    known = tokenizer.get_vocab()
    if token not in known:
        near = sorted(name for name in known if "mask" in name.lower())[:5]
        said = f"mask_token {token!r} is not in its vocabulary" if token else "its tokenizer names no mask token"
        raise ReversalError(
            f"{checkpoint}: {said}; set mask_token to one that is"
            + (f": {', '.join(near)}" if near else ", or kind: causal if it has none")
        )
    return known[token]
