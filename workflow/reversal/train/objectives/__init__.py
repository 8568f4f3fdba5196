"""What is trained: one objective a file.

An objective turns sentences into a `Batch`: what the model reads, and at which places it is asked for
which token with which weight.
"""

OFFERS = ["SETTINGS", "batch"]
LITERALS = {
    "FAMILY": {
        "description": "Model family in tables and figures; one that no other file has is new.",
        "type": "string",
        "minLength": 1,
    },
    "COLOUR": {
        "description": "What a new family is drawn in, as #rrggbb; the next free colour if it is left out.",
        "type": ["string", "null"],
        "pattern": "#[0-9A-Fa-f]{6}",
    },
    "TRAINED": {
        "description": "List of the queries that it trains, source, target or both.",
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
    "FOLLOWS": {
        "description": "Is its model asked for what comes next? Else by [M] in the answer's place.",
        "type": ["boolean", "null"],
    },
    "BEGINS": {
        "description": "Setting → value with which a beginning token stands before every sentence.",
        "type": ["object", "null"],
    },
    "DEALS": {
        "description": "Setting → value with which it deals numbers of tokens out over the batch, {} if it always does: a batch is then to have a sentence for each number up to a sentence's length.",
        "type": ["object", "null"],
    },
    "ONE_TOKEN": {
        "description": "Can it be asked for one token at a time only, so that entities are of one token?",
        "type": ["boolean", "null"],
    },
    "REORDERS": {
        "description": "Does it read tokens in an order of its own, the asked one last? Its queries are then asked so too.",
        "type": ["boolean", "null"],
    },
}
