"""One statistic a file, which makes one table of tables of runs."""

OFFERS = ["estimate"]
LITERALS = {
    "READS": {
        "description": "List of the tables of a run that it reads, by their names in the data dictionary.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"x-tables": ["train", "evaluate", "language"]},
    },
    "STAGE": {
        "description": "The stage whose models it is taken of; evaluate if left out.",
        "type": ["string", "null"],
        "enum": ["evaluate", "language", None],
    },
    "ALONG": {
        "description": "Does it follow the settings `along` which an experiment goes?",
        "type": ["boolean", "null"],
    },
}
