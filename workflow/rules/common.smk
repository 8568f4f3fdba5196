# What every stage shares: the study that the config describes, the command, the digests of the code.
# In: config. Out: `study`, `inside`, the helpers that rules take parameters from, and the commands' environment.

import os
import re
import shlex
import sys
from functools import cache, partial
from pathlib import Path

HOME = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(HOME))

from reversal import dag, ledger, paths, registry
from reversal.code_digest import stage_digest
from reversal.errors import ReversalError
from reversal.evaluate import TABLES
from reversal.fingerprint import canonical
from reversal.language.cells import PROBED, asked, corpus_files, corpus_variants
from reversal.machines import gpu_types, memory, pace, preflight
from reversal.study import CALIBRATION, LEDGER, WHOLE, load
from reversal.train.interruption import ENFORCED

try:
    study = load(config)
except ReversalError as error:
    sys.exit(f"reversal: {' + '.join(map(str, workflow.configfiles)) or 'config'}: {error}")

# Used with `--sdm conda` only; REVERSAL_ENVIRONMENT=gpu takes the build for GPUs.
ENVIRONMENT = str(HOME.parent / "envs" / f"{os.environ.get('REVERSAL_ENVIRONMENT', 'cpu')}.yaml")

LANGUAGE_ENVIRONMENT = str(HOME.parent / "envs" / "language.yaml")

RESULTS = paths.results(study.name)
NOTHING = "(?!)"  # a pattern that fits no name

BLOCKS = {block.name: block.seeds for block in study.blocks}
LANGUAGE_BLOCKS = {
    block.name: block.seeds for name in (*study.learners, *study.published) for block in study.blocks_of(name)
}
LANGUAGE_BLOCK = "|".join(LANGUAGE_BLOCKS) or NOTHING  # language models have seeds of their own


wildcard_constraints:
    dataset="|".join(study.datasets),
    cell="|".join(study.cells),
    block="|".join(BLOCKS),
    experiment="|".join(study.experiments),
    statistic="|".join(registry.names("statistics.estimates")),
    corpus="|".join(study.corpora) or NOTHING,
    learner="|".join(study.learners) or NOTHING,
    published="|".join(study.published) or NOTHING,


# Jobs find this clone's package and, unless conda brings its own, this very Python. On a cluster their runtime is
# enforced; said here and not in the command, which would be another one there than on a laptop, and run again.
shell.prefix(
    f"set -euo pipefail; export PYTHONPATH={shlex.quote(str(HOME))}; "
    + (f"export {ENFORCED}=1; " if workflow.remote_exec else "")
    + (
        ""
        if workflow.deployment_settings.deployment_method
        else f"export PATH={shlex.quote(sys.exec_prefix)}/bin:$PATH; "
    )
)


inside = partial(dag.inside, study)


def logs(stage, name):
    """Where a job's log goes."""
    return f"{RESULTS}/logs/{stage}/{name}.log"


def benchmarks(stage, name):
    """Where a job's cost is written."""
    return f"{RESULTS}/benchmarks/{stage}/{name}.jsonl"


def of_cell(what):
    """A parameter taken from the job's cell; worked out once a cell, however many blocks of seeds it has."""
    of = cache(lambda name: what(study.cells[name]))
    return lambda wildcards: of(wildcards.cell)


def of_text(template):
    """A path of the text that the job's cell reads."""
    return lambda wildcards: inside(template, dataset=study.cells[wildcards.cell].dataset, block=wildcards.block)


def of_corpus(*tables):
    """Paths of tables of the corpus that the job's language model reads."""
    template = dict(facts=paths.FACTS, passages=paths.PASSAGES, questions=paths.QUESTIONS)

    def found(wildcards):
        cell = study.model(wildcards.get("learner") or wildcards.get("published"))
        return {table: inside(template[table], corpus=cell.corpus, block=wildcards.block) for table in tables}

    return found


def learner(file):
    """A file of a language model that is trained here."""
    return inside(paths.of_language("{learner}", file))


def published(file):
    """A file of a published checkpoint."""
    return inside(paths.of_language("{published}", file))


def environment_of(checkpoint):
    """The software of a checkpoint's job; code that comes with a checkpoint wants an older transformers."""
    return LANGUAGE_ENVIRONMENT if checkpoint.loading["remote_code"] else ENVIRONMENT


def gpu_type(checkpoint):
    """The type of GPU that holds a checkpoint, where the profile knows several."""
    try:
        return gpu_types.fitting(checkpoint.gpu_memory) if checkpoint.gpus else None
    except ReversalError as error:
        sys.exit(f"reversal: language.published.{checkpoint.name}.{error}")


def refuse_ledgers():
    """End where a ledger of claims does not fit: it is judged last, and all that came before would have been in vain."""
    from reversal import plan  # pandas, which no dry run waits for

    try:
        plan.refuse_ledgers(study)
    except ReversalError as error:
        sys.exit(f"reversal: {error}")


def caption(name):
    """The figure's own caption, or the one for figures that have none yet."""
    own = HOME / "report" / f"{name}.rst"
    return str(own if own.exists() else HOME / "report" / "figure.rst")


def refuse(target, reasons):
    """End with the reason whose pattern a target has, where Snakemake would say that no rule makes it."""
    sys.exit(f"reversal: {target}: {next(said for what, said in reasons.items() if re.fullmatch(what, target))}")
