"""Architectures: one a file, each an `Architecture` (see `models/model.py`)."""

OFFERS = ["SETTINGS", "Architecture"]
LITERALS = {
    "SHAPES": {
        "description": "Parameter → its axes for one run, each a number, a setting, `tokens` (V) or `read` (V + 2, with [M] and the beginning token); by these its memory is counted. The transformer's are counted in models/size.py.",
        "type": ["object", "null"],
        "additionalProperties": {"type": "array", "items": {"type": ["string", "integer"]}},
    },
    "FAMILY": {
        "description": "Model family in tables and figures, whatever it is trained for; that of its objective if left out.",
        "type": ["string", "null"],
        "minLength": 1,
    },
    "COLOUR": {
        "description": "What a new family is drawn in, as #rrggbb; the next free colour if it is left out.",
        "type": ["string", "null"],
        "pattern": "#[0-9A-Fa-f]{6}",
    },
}
