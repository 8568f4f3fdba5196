"""One figure a file: what it draws of some statistics, and the table of the same numbers."""

OFFERS = ["draw", "numbers"]
LITERALS = {
    "READS": {
        "description": "List of the statistics that it reads.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"x-tables": ["statistics"]},
    },
    "LATEX": {"description": "Is its table written for LaTeX too?", "type": ["boolean", "null"]},
}
