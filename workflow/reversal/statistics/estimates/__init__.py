"""One statistic a file, which makes one table of tables of runs."""

LITERALS = {
    "READS": {
        "description": "List of the tables of a run that it reads, by their names in the data dictionary.",
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"x-tables": ["train", "evaluate"]},
    },
    "ALONG": {
        "description": "Does it follow the settings `along` which an experiment goes?",
        "type": ["boolean", "null"],
    },
}
