"""`python -m reversal plan`: the cells and runs of a study, with the fingerprints that name their settings."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from reversal import ledger
from reversal.statistics import judgement
from reversal.study import Study


def show(study: Study) -> None:
    """Print the runs of every cell, then one row a cell, and how many runs and blocks come of them.

    Raises:
        ReversalError: a ledger of the study does not fit.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    refuse_ledgers(study)
    console.print(_runs(study))
    console.print(_cells(study))
    runs = len(study.cells) * len(study.seeds)
    console.print(
        f"{len(study.cells)} cells × {len(study.seeds)} seeds = {runs} runs in {len(study.blocks)} block(s), "
        f"{study.checkpoints} checkpoints each"
    )
    for name in (*study.learners, *study.published):
        model = study.model(name)
        shown = ", ".join(experiment.name for experiment in study.experiments.values() if name in experiment.cells)
        seeds = ", ".join(map(str, model.seeds))
        console.print(
            f"language model {name}: {model.family}, corpus {model.corpus}, seeds {seeds}; {shown}", soft_wrap=True
        )
    for line in factorials(study):
        console.print(line, soft_wrap=True, markup=False)


def refuse_ledgers(study: Study) -> None:
    """Hold the ledgers of a study to all that can be known before anything has run.

    Raises:
        ReversalError: one does not fit.
    """
    for files in filter(None, (study.claims, study.language_claims)):
        judgement.checked([*map(ledger.path, files)], [*study.experiments, *study.unselected])


def factorials(study: Study) -> Iterator[str]:
    """A line for each factorial, and one for each reason why combinations of it are no cells."""
    for made in study.factorials.values():
        yield f"factorial {made.name}: {made.combinations} combinations, {len(made.cells)} cells"
        yield from (f"  left out: {count}, because {reason}" for reason, count in made.left_out.items())


def _runs(study: Study) -> Table:
    table = Table("cell", "runs, seed:fingerprint", title=f"study {study.name}", title_justify="left", box=None)
    for cell in study.cells.values():
        table.add_row(cell.name, " ".join(f"{seed}:{cell.fingerprint(seed)}" for seed in study.seeds))
    return table


def _cells(study: Study) -> Table:
    table = Table("cell", "family", "text", "steps", "experiments", "fingerprint", title="", box=None)
    for cell in study.cells.values():
        shown = [name for name, experiment in study.experiments.items() if cell.name in experiment.cells]
        steps = str(cell.optimisation["steps"])
        table.add_row(cell.name, cell.family, cell.dataset, steps, ", ".join(shown), cell.fingerprint())
    return table
