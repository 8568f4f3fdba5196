"""Models that are trained from scratch: transformers' own classes, one a file.

Each has `SETTINGS`, `ATTENTION`, `build(settings, vocabulary, special)`, `asked` (how a token is asked of it, see
`language/batch.py`) and `logits(model, seen, rows)`: of the outputs that are asked and of no others.
"""

LITERALS = {
    "ATTENTION": {
        "description": "Does a token see both sides, or those before it?",
        "enum": ["causal", "bidirectional"],
        "type": "string",
    },
}
