"""One pre-norm transformer whose factors are settings (SCIENCE, "Factors"); GPT-2's shape without biases."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from reversal import registry
from reversal.models.attention import Seen, attend, observe, project, split
from reversal.models.model import normal, take
from reversal.models.position import Parameters, rows_of

SETTINGS = {
    "layers": {"description": "Layers.", "type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
    "heads": {
        "description": "Attention heads a layer.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 4,
    },
    "width": {"description": "Width d.", "type": "integer", "minimum": 1, "maximum": 100000, "default": 64},
    "mlp": {"description": "A GELU layer of 4 d after each attention?", "type": "boolean", "default": False},
    "tied": {"description": "Are tokens unembedded with their embeddings?", "type": "boolean", "default": True},
    "embeddings": {
        "description": "Do token embeddings learn, or stay as they were drawn? Tied, tokens are then unembedded as drawn too.",
        "enum": ["trained", "frozen"],
        "default": "trained",
    },
    "attention": {
        "description": "May a token look only back, or both ways?",
        "enum": ["causal", "bidirectional"],
        "default": "bidirectional",
    },
    "position": {
        "description": "Position encoding.",
        "x-variants": "models.positions",
        "default": {"kind": "rope"},
    },
    "query_key": {
        "description": "Query and key weights: the same at all positions, or a pair a position.",
        "enum": ["shared", "by_position"],
        "default": "shared",
    },
    "value_output": {
        "description": "Value and output weights: the same at all positions, or a pair a position.",
        "enum": ["shared", "by_position"],
        "default": "shared",
    },
}

GROUPS = {
    "embedding": "embedding",
    "query": "query_key",
    "key": "query_key",
    "value": "value_output",
    "output": "value_output",
    "up": "mlp",
    "down": "mlp",
    "norm_attention": "norm",
    "norm_mlp": "norm",
    "norm": "norm",
    "unembedding": "unembedding",
}


class Architecture:
    """Tokens V (the mask) and V + 1 (beginning of sequence) are read and never answered."""

    def __init__(self, settings: Mapping[str, Any], vocabulary: int, length: int) -> None:
        self.settings = settings
        self.vocabulary = vocabulary
        self.length = length
        self.heads = settings["heads"]
        self.frozen = frozenset({"embedding"} if settings["embeddings"] == "frozen" else ())
        self.causal = settings["attention"] == "causal"
        encoding = registry.load("models.positions", settings["position"]["kind"]).Encoding
        self.position = encoding(settings["position"], settings["width"], settings["heads"])

    @property
    def reach(self) -> int | None:
        if "by_position" in (self.settings["query_key"], self.settings["value_output"]):
            return self.length
        return self.settings["position"].get("length")

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        """Name → (shape, standard deviation at the start); every matrix starts at the root of its fan-in."""
        d = self.settings["width"]
        own = d**-0.5
        places = {"shared": (), "by_position": (self.length,)}
        qk, vo = places[self.settings["query_key"]], places[self.settings["value_output"]]
        shapes = {"embedding": ((self.vocabulary + 2, d), own), **self.position.shapes()}
        for layer in range(self.settings["layers"]):
            shapes |= {
                f"layers.{layer}.query": ((*qk, d, d), own),
                f"layers.{layer}.key": ((*qk, d, d), own),
                f"layers.{layer}.value": ((*vo, d, d), own),
                f"layers.{layer}.output": ((*vo, d, d), own),
            }
            if self.settings["mlp"]:
                shapes[f"layers.{layer}.up"] = ((d, 4 * d), own)
                shapes[f"layers.{layer}.down"] = ((4 * d, d), (4 * d) ** -0.5)
        if not self.settings["tied"]:
            shapes["unembedding"] = ((self.vocabulary, d), own)
        return shapes

    def gains(self) -> list[str]:
        """Names of the norms' gains, which start at 1."""
        kinds = ["norm_attention", "norm_mlp"] if self.settings["mlp"] else ["norm_attention"]
        return [f"layers.{layer}.{kind}" for layer in range(self.settings["layers"]) for kind in kinds] + ["norm"]

    def initial(self, seeds: Sequence[int]) -> Parameters:
        drawn = {name: normal(seeds, name, *spec) for name, spec in self.shapes().items()}
        ones = {name: torch.ones(len(seeds), self.settings["width"]) for name in self.gains()}
        return drawn | ones

    def logits(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        return self._answer(parameters, self._read(parameters, tokens, positions, rows))

    def observed(
        self, parameters: Parameters, tokens: torch.Tensor, positions: torch.Tensor, rows: torch.Tensor
    ) -> tuple[torch.Tensor, list[Seen]]:
        """The same logits, and what the attention of each layer did."""
        seen: list[Seen] = []
        hidden = self._read(parameters, tokens, positions, rows, seen)
        return self._answer(parameters, hidden), seen

    def embedded(self, parameters: Parameters, tokens: torch.Tensor) -> torch.Tensor:
        return rows_of(parameters["embedding"], tokens)

    def group(self, name: str) -> str:
        return "position" if name in self.position.shapes() else GROUPS[name.rsplit(".", 1)[-1]]

    def _read(
        self,
        parameters: Parameters,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        rows: torch.Tensor,
        seen: list[Seen] | None = None,
    ) -> torch.Tensor:
        """Hidden states at the places `rows` (S, M), as (S, M, d)."""
        # Places that are not asked are left out behind the last attention; not where each position has weights of its own.
        narrow = self.settings["value_output"] != "by_position"
        x = self.embedded(parameters, tokens)
        added = self.position.added(parameters, positions)
        if added is not None:
            x = x + added
        for layer in range(self.settings["layers"]):
            own = {name.rsplit(".", 1)[1]: value for name, value in parameters.items() if f"layers.{layer}." in name}
            mixed = self._attention(own, parameters, x, positions, seen)
            if narrow and layer == self.settings["layers"] - 1:
                x, mixed = (take(part.flatten(1, 2), rows).unsqueeze(1) for part in (x, mixed))
            x = x + project(mixed, own["output"], positions)
            if self.settings["mlp"]:
                normed = _norm(x, own["norm_mlp"])
                x = x + project(F.gelu(project(normed, own["up"], positions)), own["down"], positions)
        return x.squeeze(1) if narrow else take(x.flatten(1, 2), rows)

    def _attention(
        self,
        own: Parameters,
        parameters: Parameters,
        x: torch.Tensor,
        positions: torch.Tensor,
        seen: list[Seen] | None,
    ) -> torch.Tensor:
        normed = _norm(x, own["norm_attention"])
        query, key, value = (
            split(project(normed, own[name], positions), self.heads) for name in ("query", "key", "value")
        )
        bias = self.position.bias(parameters, positions)
        turned = self.position.turned(query, positions), self.position.turned(key, positions)
        if seen is not None:
            seen.append(Seen(query, key, *observe(*turned, bias, self.causal)))
        return attend(*turned, value, bias, self.causal).flatten(-2)

    def _answer(self, parameters: Parameters, hidden: torch.Tensor) -> torch.Tensor:
        asked = _norm(hidden, parameters["norm"])
        return Unembedding.apply(asked, parameters.get("unembedding", parameters["embedding"]), self.vocabulary)


class Unembedding(torch.autograd.Function):
    """asked (S, M, d) times the first so many rows of a table (S, T, d): scores (S, M, rows).

    Autograd lays the gradient of these rows into zeros of the table's size, in passes that take as long as its product.
    """

    @staticmethod
    def forward(context: Any, asked: torch.Tensor, table: torch.Tensor, rows: int) -> torch.Tensor:
        context.save_for_backward(asked, table)
        return asked @ table[:, :rows].transpose(1, 2)

    @staticmethod
    def backward(context: Any, slope: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, None]:
        asked, table = context.saved_tensors
        rows = slope.shape[-1]
        of_asked = slope @ table[:, :rows]
        if not context.needs_input_grad[1]:
            return of_asked, None, None
        of_table = table.new_empty(table.shape)
        of_table[:, rows:] = 0
        torch.bmm(asked.transpose(1, 2), slope, out=of_table[:, :rows].transpose(1, 2))
        return of_asked, of_table, None


def _norm(x: torch.Tensor, gain: torch.Tensor) -> torch.Tensor:
    """Layer norm without bias: x (S, …, d), gain (S, d)."""
    gain = gain.view(gain.shape[0], *[1] * (x.dim() - 2), gain.shape[1])
    return F.layer_norm(x, x.shape[-1:]) * gain
