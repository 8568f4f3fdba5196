"""Position encodings: one a file, each an `Encoding` (see `models/position.py`)."""

OFFERS = ["SETTINGS", "Encoding"]
LITERALS = {
    "PAIRS": {
        "description": "Does it turn pairs of coordinates, so that heads are of even width?",
        "type": ["boolean", "null"],
    },
}
