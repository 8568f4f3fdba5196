"""Where everything lies under `results/<study>/`: the one place that spells file names out.

Templates are for `str.format` and, as they stand, for Snakemake's wildcards.
"""

PAIRS = "data/{dataset}/{block}/pairs.parquet"
SENTENCES = "data/{dataset}/{block}/sentences.parquet"
HISTORY = "train/{cell}/{block}/history.parquet"
TIMING = "train/{cell}/{block}/timing.parquet"
RUN = "train/{cell}/{block}/run.json"
CHECKPOINT = "train/{cell}/{block}/checkpoints/{checkpoint}.safetensors"
EVALUATED = "evaluate/{cell}/{block}/{table}.parquet"
FACTS = "language/corpora/{corpus}/{block}/facts.parquet"
PASSAGES = "language/corpora/{corpus}/{block}/passages.parquet"
QUESTIONS = "language/corpora/{corpus}/{block}/questions.parquet"
CHECKPOINTS = ("initial", "trained")
"""Folders of a language model's checkpoints; in each a folder a seed, as transformers saves models."""
STATISTIC = "statistics/{experiment}/{statistic}.parquet"
CLAIMS = "statistics/claims.parquet"
LANGUAGE_CLAIMS = "language/claims.parquet"
CALIBRATION = "statistics/calibration.parquet"
FIGURE = "figures/{figure}.{format}"
TABLE = "tables/{figure}.{format}"

STATES = ".state"
"""Of trainings that are not done: undeclared, for Snakemake deletes what a failed job declared."""

DRAWN = ("pdf", "png", "svg")
WRITTEN = ("csv", "tex")


def results(study: str) -> str:
    """The folder of a study."""
    return f"results/{study}"


def measured(table: str, stage: str = "evaluate") -> str:
    """The template of a table of one block, as the statistics of a stage's models read it."""
    if stage == "language":
        return of_language("{cell}", f"{table}.parquet")
    return {"history": HISTORY, "timing": TIMING}.get(table) or EVALUATED.replace("{table}", table)


def of_language(model: str, file: str) -> str:
    """The template of a file of a language model: its history, its checkpoints, what the probe found of it."""
    return f"language/{model}/{{block}}/{file}"
