"""Tiny language models, their tokenizers and their questions, for the tests of the probe."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from reversal import tables

REMOTE = Path(__file__).parent / "remote_models"
SPECIAL = ["[PAD]", "[UNK]", "[MASK]", "[BOS]", "[EOS]"]
SHAPE = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.5,
    "pad_token_id": 0,
    "bos_token_id": 3,
    "eos_token_id": 4,
}
GROUPED = {**SHAPE, "num_key_value_heads": 2}
NATIVE = {
    "modernbert": ("ModernBertConfig", "ModernBertForMaskedLM", {**SHAPE, "local_attention": 4, "global_attn_every_n_layers": 2}),
    "modernbert_decoder": (
        "ModernBertDecoderConfig",
        "ModernBertDecoderForCausalLM",
        {**SHAPE, "local_attention": 4, "global_attn_every_n_layers": 2},
    ),
    "bert": ("BertConfig", "BertForMaskedLM", SHAPE),
    "llama": ("LlamaConfig", "LlamaForCausalLM", GROUPED),
    "qwen2": ("Qwen2Config", "Qwen2ForCausalLM", GROUPED),
    "qwen3": ("Qwen3Config", "Qwen3ForCausalLM", {**GROUPED, "head_dim": 4, "use_sliding_window": True, "sliding_window": 3,
                                                 "max_window_layers": 1}),
}  # fmt: skip
"""Family → its configuration, model, and a tiny shape: grouped heads and sliding windows wherever it has them."""
MASKED = ("modernbert", "bert")

FACTS = [
    ("countries", "Arland", "Bora"),
    ("countries", "Corvia", "Dell"),
    ("countries", "Emonia", "Fira"),
    ("countries", "Gorund", "Hal"),
    ("countries", "Ivern", "Jask"),
    ("elements", "kelvium", "Kv"),
    ("elements", "lorium", "Lr"),
    ("elements", "mondium", "Md"),
]
TEMPLATES = {
    "countries": ("{A} has the capital {B}", "{B} is the capital of {A}"),
    "elements": ("{A} is written {B}", "{B} stands for {A}"),
}
SYMMETRIC = {"countries": ("{A} - {B}", "{B} - {A}"), "elements": ("{A} ~ {B}", "{B} ~ {A}")}


def spans(template: str, a: str, b: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """A sentence and where its entities stand."""
    text = template.format(A=a, B=b)
    return text, {"A": (text.index(a), text.index(a) + len(a)), "B": (text.index(b), text.index(b) + len(b))}


def corpus(
    folder: Path, templates: dict[str, tuple[str, str]] = TEMPLATES, facts: Any = FACTS, seed: int = 7
) -> dict[str, Path]:
    """Paths of `facts` and `questions`, each fact asked every query."""
    told = [
        {"seed": seed, "fact": number, "relation": relation, "head": a, "tail": b, "source": "made up", "licence": "MIT",
         "told": "both" if number % 4 == 0 else "forward"}
        for number, (relation, a, b) in enumerate(facts)
    ]  # fmt: skip
    asked = []
    relations = sorted(templates)
    for fact in told:
        other = relations[(relations.index(fact["relation"]) + 1) % len(relations)]
        ways = [("source", fact["relation"], 0, "A"), ("target", fact["relation"], 0, "B"),
                ("reverse", fact["relation"], 1, "A"), ("wrong_frame", other, 1, "A")]  # fmt: skip
        for query, frame, way, answer in ways:
            text, at = spans(templates[frame][way], fact["head"], fact["tail"])
            given = at["B" if answer == "A" else "A"]
            asked.append(
                {"seed": seed, "question": len(asked), "fact": fact["fact"], "query": query, "frame": frame, "template": 0,
                 "trained": way == 0, "text": text, "answer": answer, "answer_start": at[answer][0],
                 "answer_end": at[answer][1], "given_start": given[0], "given_end": given[1]}
            )  # fmt: skip
    paths = {"facts": folder / "facts.parquet", "questions": folder / "questions.parquet"}
    for (table, path), rows in zip(paths.items(), (told, asked), strict=True):
        tables.write(path, table, {name: [row[name] for row in rows] for name in rows[0]})
    return paths


def sentences() -> list[str]:
    """Every sentence of both designs."""
    ways = [TEMPLATES, SYMMETRIC]
    return [
        template.format(A=a, B=b) for way in ways for _, a, b in FACTS for both in way.values() for template in both
    ]


def words() -> transformers.PreTrainedTokenizerFast:
    """Whole words, with a beginning and an end."""
    found = sorted({word for sentence in sentences() for word in sentence.split()})
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(SPECIAL + found)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return _wrapped(tokenizer)


def pieces() -> transformers.PreTrainedTokenizerFast:
    """Pieces of words, bytes at the bottom, a space belonging to the word after it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        sentences(),
        trainers.BpeTrainer(vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False),
    )
    return _wrapped(tokenizer)


def _wrapped(tokenizer: Tokenizer) -> transformers.PreTrainedTokenizerFast:
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 3), ("[EOS]", 4)]
    )
    named = {f"{name[1:-1].lower()}_token": name for name in SPECIAL}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)


def native(family: str, vocabulary: int = 64, **change: Any) -> torch.nn.Module:
    """A model of a family with random weights, the same every time."""
    config, model, shape = NATIVE[family]
    torch.manual_seed(3)
    made = getattr(transformers, config)(vocab_size=vocabulary, **{**shape, **change})
    return getattr(transformers, model)(made).eval()


def saved(folder: Path, family: str, tokenizer: transformers.PreTrainedTokenizerFast, **change: Any) -> Path:
    """A checkpoint folder of a family."""
    native(family, len(tokenizer), **change).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def remote(folder: Path, shape: str, tokenizer: transformers.PreTrainedTokenizerFast, mask: str) -> Path:
    """A checkpoint folder with code of its own, `llada_shaped` or `dream_shaped`; its tokenizer names no mask."""
    shutil.copytree(REMOTE / shape, folder, ignore=shutil.ignore_patterns("__pycache__"))
    tokenizer.add_special_tokens({"additional_special_tokens": [mask]})
    tokenizer.mask_token = None
    tokenizer.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["vocab_size"] = len(tokenizer)
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(5)
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=True)
    model = transformers.AutoModel.from_config(config, trust_remote_code=True)
    from safetensors.torch import save_file

    save_file(
        {name: value.clone() for name, value in model.state_dict().items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    return folder
