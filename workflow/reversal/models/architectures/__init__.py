"""Architectures: one a file, each an `Architecture` (see `models/model.py`)."""

LITERALS = {
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
