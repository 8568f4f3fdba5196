"""What follows from a study for the DAG: which tables a statistic reads, which figures there are, what a cell's code is.

The rules call these while the Snakefile is read; `status` and `estimate` call them without Snakemake.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reversal import paths, registry
from reversal.figures.colours import of_families
from reversal.language.cells import PROBED
from reversal.series import places
from reversal.study import WHOLE, Cell, Experiment, Study


def inside(study: Study, template: str, **wildcards: Any) -> str:
    """A path of the study; wildcards that are not given stay in their braces."""
    for name, value in wildcards.items():
        template = template.replace(f"{{{name}}}", str(value))
    return f"{paths.results(study.name)}/{template}"


def checkpoints(study: Study, **wildcards: str) -> list[str]:
    """Paths of a block's checkpoints, ascending in steps."""
    return [inside(study, paths.CHECKPOINT, checkpoint=number, **wildcards) for number in range(study.checkpoints)]


def variants(cell: Cell) -> Iterator[tuple[str, str]]:
    """The files that a cell's settings name, as (package, name); its results depend on them and on no others."""
    yield "models.architectures", cell.model["kind"]
    yield from told(cell.data)
    yield "train.objectives", cell.objective["kind"]
    if "position" in cell.model:
        yield "models.positions", cell.model["position"]["kind"]


def told(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files that the settings of a text name, likewise."""
    yield "data.texts", data["text"]["kind"]
    yield "data.layouts", data["layout"]["kind"]


def estimated(study: Study, experiment: str, statistic: str) -> list[tuple[str, str]]:
    """A statistic's file, and those of the texts that its cells read: they say what chance is."""
    cells = [study.cells[cell] for cell in study.experiments[experiment].cells if cell in study.cells]
    texts = {name for cell in cells for name in told(cell.data)}
    return [("statistics.estimates", statistic), *sorted(texts)]


def reads(statistic: str) -> list[str]:
    """The tables of a block that a statistic reads; the gate needs the history of every run that trained."""
    return ["history", *registry.literals("statistics.estimates", statistic)["READS"]]


def stage(statistic: str) -> str:
    """The stage whose models a statistic is taken of."""
    return registry.literals("statistics.estimates", statistic)["STAGE"] or "evaluate"


def measured(study: Study, experiment: str, statistic: str) -> dict[str, list[str]]:
    """Table → its paths, for every cell of an experiment and every block of seeds."""
    return {
        table: [
            inside(study, paths.measured(table, stage(statistic)), cell=cell, block=block.name)
            for cell in study.experiments[experiment].cells
            for block in study.blocks_of(cell)
            if table != "history" or study.model(cell).trained
        ]
        for table in reads(statistic)
    }


def records(study: Study, experiment: str) -> list[dict[str, Any]]:
    """What statistics must know of an experiment's cells; of language models also which blocks they have of their own."""
    of = study.experiments[experiment]
    fields = ("name", "label", "family", "trained", "settings")
    found = [
        {**{field: getattr(study.model(name), field) for field in fields}, "series": places(of.series, name)}
        for name in of.cells
    ]
    own = [record for record in found if record["name"] not in study.cells]
    for record in own:
        record["blocks"] = [block.name for block in study.blocks_of(record["name"])]
    return found


def language(study: Study, cells: Iterable[str] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Name and outputs of each job of the stage `language`, but for statistics and figures; of some cells, or of every one."""
    every = [name for name in (*study.learners, *study.published) if cells is None or name in cells]
    told = {(study.model(name).corpus, block.name) for name in every for block in study.blocks_of(name)}
    for corpus, block in sorted(told):
        tables = (paths.FACTS, paths.PASSAGES, paths.QUESTIONS)
        yield f"corpora/{corpus}/{block}", [inside(study, table, corpus=corpus, block=block) for table in tables]
    trained = ["history.parquet", "timing.parquet", *(f"checkpoints/{name}" for name in paths.CHECKPOINTS), "run.json"]
    probed = [f"{table}.parquet" for table in PROBED]
    for name in every:
        for block in study.blocks_of(name):
            jobs = {"train": trained, "probe": probed} if name in study.learners else {"probe": probed}
            for job, files in jobs.items():
                yield (
                    f"{job}/{name}/{block.name}",
                    [inside(study, paths.of_language(name, file), block=block.name) for file in files],
                )


def gate(study: Study, experiment: str) -> str:
    """What a run has to reach to count in an experiment, as options of the command."""
    limit = study.experiments[experiment].training_nll
    return f"--gate {study.gate}" + ("" if limit is None else f" --training-nll {limit}")


def estimates(study: Study, experiments: Iterable[Experiment]) -> list[str]:
    """Paths of every table of estimates of some experiments."""
    return [
        inside(study, paths.STATISTIC, experiment=experiment.name, statistic=statistic)
        for experiment in experiments
        for statistic in experiment.statistics
    ]


def figures(study: Study, experiments: Iterable[Experiment] | None = None) -> dict[str, tuple[str, str]]:
    """Name of a figure → its experiment and what is drawn; of some experiments, or of every one."""
    return {
        f"{experiment.name}_{figure}": (experiment.name, figure)
        for experiment in (study.experiments.values() if experiments is None else experiments)
        for figure in experiment.figures
    }


def unselected(study: Study) -> dict[str, str]:
    """Pattern of what could be asked for if it were selected → how to have it."""
    found = {}
    for experiment in study.unselected.values():
        drawn = [f"{experiment.name}_{figure}" for figure in experiment.figures]
        made = [
            f"statistics/{experiment.name}/",
            *(f"{home}/{name}." for home in ("figures", "tables") for name in drawn),
        ]
        said = f"experiments.{experiment.name} is not selected; add it to selected"
        found |= dict.fromkeys([experiment.name, *drawn, *(_below(study, path) for path in made)], said)
    for cell in study.unused:
        homes = [experiment.name for experiment in study.unselected.values() if cell in experiment.cells]
        way = f"add one that has it: {', '.join(homes)}" if homes else "list it in an experiment, and that in selected"
        said = f"cells.{cell} is in no selected experiment; {way}"
        found |= dict.fromkeys([_below(study, f"{stage}/{cell}/") for stage in ("train", "evaluate")], said)
    return found


def _below(study: Study, path: str) -> str:
    """A pattern of what begins with a path of the study."""
    return re.escape(inside(study, path)) + ".+"


def colours(study: Study, experiment: str) -> dict[str, str]:
    """What the families of an experiment's cells are drawn in."""
    shown = {study.model(cell).family for cell in study.experiments[experiment].cells}
    return {family: colour for family, colour in of_families().items() if family in shown}


def drawn(study: Study, name: str) -> dict[str, str]:
    """Format → path of all that is drawn and written of one figure; LaTeX of the main ones only."""
    figure = name if name in WHOLE else figures(study)[name][1]
    written = [form for form in paths.WRITTEN if form != "tex" or registry.literals("figures.plots", figure)["LATEX"]]
    return {form: inside(study, paths.FIGURE, figure=name, format=form) for form in paths.DRAWN} | {
        form: inside(study, paths.TABLE, figure=name, format=form) for form in written
    }
