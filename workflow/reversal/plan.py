"""`python -m reversal plan`: the cells and runs of a study, with the fingerprints that name their settings."""

from rich.console import Console
from rich.table import Table

from reversal.study import Study


def show(study: Study) -> None:
    """Print one row a cell, and how many runs, blocks and checkpoints come of them."""
    table = Table(title=f"study {study.name}", title_justify="left", box=None, header_style="bold")
    for name in ("cell", "family", "text", "steps", "experiments", "cell fingerprint", "runs"):
        table.add_column(name, overflow="fold")
    for cell in study.cells.values():
        shown = [name for name, experiment in study.experiments.items() if cell.name in experiment.cells]
        runs = [f"{seed}:{cell.fingerprint(seed)}" for block in study.blocks for seed in block.seeds]
        table.add_row(
            cell.name,
            cell.family,
            cell.dataset,
            str(cell.optimisation["steps"]),
            ", ".join(shown),
            cell.fingerprint(),
            " ".join(runs),
        )
    console = Console()
    console = console if console.is_terminal else Console(width=240)
    console.print(table)
    runs = len(study.cells) * len(study.seeds)
    console.print(
        f"{len(study.cells)} cells × {len(study.seeds)} seeds = {runs} runs in {len(study.blocks)} block(s), {study.checkpoints} checkpoints each"
    )
