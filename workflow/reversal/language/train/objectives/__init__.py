"""What language models are trained for: one objective a file.

An objective says which tokens of a batch are asked, with which weights; how a token is asked is its model's to say.
"""

LITERALS = {
    "FAMILY": {"description": "Model family in tables and figures.", "type": "string", "minLength": 1},
    "COLOUR": {
        "description": "What a new family is drawn in, as #rrggbb; the next free colour if it is left out.",
        "type": ["string", "null"],
        "pattern": "#[0-9A-Fa-f]{6}",
    },
    "TRAINED": {
        "description": "List of the queries that it trains, which the gate looks at.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"enum": ["source", "target"]},
    },
    "ATTENTION": {
        "description": "List of the attention that it allows, causal, bidirectional or both.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"enum": ["causal", "bidirectional"]},
    },
}
