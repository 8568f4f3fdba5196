# What every stage shares: the study that the config describes, the command, the digests of the code.
# In: config. Out: `study`, `inside`, `settings`, `code`, and the command's environment.

import shlex
import sys
from pathlib import Path

HOME = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(HOME))

from reversal import paths, registry
from reversal.code_digest import stage_digest
from reversal.errors import ReversalError
from reversal.evaluate import TABLES
from reversal.fingerprint import canonical
from reversal.study import load

try:
    study = load(config)
except ReversalError as error:
    sys.exit(f"reversal: {' + '.join(map(str, workflow.configfiles)) or 'config'}: {error}")

RESULTS = paths.results(study.name)
BLOCKS = {block.name: block.seeds for block in study.blocks}


wildcard_constraints:
    dataset="|".join(study.datasets),
    cell="|".join(study.cells),
    block="|".join(BLOCKS),
    experiment="|".join(study.experiments),
    statistic="|".join(registry.names("statistics.estimates")),


# Jobs find this clone's package and, unless conda brings its own, this very Python.
shell.prefix(
    f"set -euo pipefail; export PYTHONPATH={shlex.quote(str(HOME))}; "
    + ("" if workflow.deployment_settings.deployment_method else f"export PATH={shlex.quote(sys.exec_prefix)}/bin:$PATH; ")
)


def inside(template, **wildcards):
    """A path of the study, its other wildcards left for Snakemake."""
    for name, value in wildcards.items():
        template = template.replace(f"{{{name}}}", str(value))
    return f"{RESULTS}/{template}"


def logs(stage, name):
    """Where a job's log goes."""
    return f"{RESULTS}/logs/{stage}/{name}.log"


def benchmarks(stage, name):
    """Where a job's cost is written."""
    return f"{RESULTS}/benchmarks/{stage}/{name}.jsonl"


def of_cell(what):
    """A parameter taken from the job's cell."""
    return lambda wildcards: what(study.cells[wildcards.cell])


def variants(cell):
    """The files that a cell's settings name; its code depends on them and on no others."""
    yield "models.architectures", cell.model["kind"]
    yield "data.layouts", cell.data["layout"]["kind"]
    yield "train.objectives", cell.objective["kind"]
    if "position" in cell.model:
        yield "models.positions", cell.model["position"]["kind"]


CHECKPOINTS = [
    inside(paths.CHECKPOINT, checkpoint=number) for number in range(study.checkpoints)
]
