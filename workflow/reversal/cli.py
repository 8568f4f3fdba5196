"""`python -m reversal <stage> …`: what the rules call, and what a person asks of a study.

Each stage is one thin subcommand with file paths and settings, so that any job can be repeated by hand from
the command that Snakemake prints. Stages are imported when they are called: a plan needs no torch.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from reversal import yaml_text
from reversal.errors import ReversalError

if TYPE_CHECKING:
    from reversal.train.interruption import Watch

CONFIG = Path("config.yaml")
TALKATIVE = {"fontTools": logging.WARNING, "httpx": logging.WARNING, "huggingface_hub": logging.ERROR}
"""Libraries that tell of every glyph, every request, and in their own words of what an error's line says already."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; a ReversalError is one line on standard error and its own exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    for library, level in TALKATIVE.items():
        logging.getLogger(library).setLevel(level)
    try:
        options.run(options)
        sys.stdout.flush()
    except ReversalError as error:
        print(f"reversal: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("reversal: interrupted; run it again", file=sys.stderr)
        return 130
    except BrokenPipeError:  # a reader such as `head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reversal", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _data(commands.add_parser("data", help="pairs and sentences of a block of seeds"))
    _train(commands.add_parser("train", help="train all seeds of a block"))
    _evaluate(commands.add_parser("evaluate", help="measure a block at each checkpoint"))
    _language(commands.add_parser("language", help="language models: corpus, train or probe"))
    _statistics(commands.add_parser("statistics", help="one statistic over the cells of an experiment"))
    _judge(commands.add_parser("judge", help="judge the ledger of claims"))
    _calibrate(commands.add_parser("calibrate", help="simulate what tests and intervals hold"))
    _figures(commands.add_parser("figures", help="draw one figure and write its numbers"))
    _claims(commands.add_parser("claims", help="print the claims that a study has judged, or one of them"))
    _asked(commands.add_parser("plan", help="print cells and runs with their fingerprints"), "plan")
    _estimate(commands.add_parser("estimate", help="print jobs, time and disk of a study before it runs"))
    _asked(commands.add_parser("status", help="print what is done, running, failed or did not learn"), "status")
    return parser


def _data(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.data.stage import generate

        generate(options.settings, options.seeds, options.pairs, options.sentences)

    _settings(parser)
    _paths(parser, "pairs", "sentences")
    parser.set_defaults(run=run)


def _train(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        watch = _watch(options)
        from reversal.machines.devices import choose
        from reversal.train.keeper import Saving
        from reversal.train.stage import train_block

        train_block(
            options.settings,
            options.trained,
            options.seeds,
            options.pairs,
            options.sentences,
            options.history,
            options.timing,
            options.run_record,
            options.checkpoints,
            choose(options.gpus, options.threads),
            Saving(options.states, options.code, options.save_every, watch),
        )

    _settings(parser)
    parser.add_argument("--trained", nargs="+", required=True, help="queries that the objective trains")
    _paths(parser, "pairs", "sentences", "history", "timing")
    parser.add_argument("--run", dest="run_record", type=Path, required=True)
    parser.add_argument("--checkpoints", type=Path, nargs="+", required=True)
    _resuming(parser)
    _machine(parser)
    parser.set_defaults(run=run)


def _watch(options: argparse.Namespace) -> "Watch":
    """Hears the signals from now on; called before the imports of a training, which take seconds."""
    from reversal.train.interruption import ENFORCED, Watch

    watch = Watch(options.runtime if ENFORCED in os.environ else None)
    watch.listen()
    return watch


def _evaluate(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.evaluate.stage import evaluate_block
        from reversal.machines.devices import choose
        from reversal.train.state import forget

        evaluate_block(
            options.settings,
            options.trained,
            options.evaluation,
            options.pairs,
            options.checkpoints,
            {path.stem: path for path in options.outputs},
            choose(options.gpus, options.threads),
        )
        forget(options.states, options.checkpoints[0].parent.parent)

    _settings(parser, seeds=False)
    parser.add_argument("--trained", nargs="+", required=True, help="queries that the objective trains")
    parser.add_argument("--evaluation", type=json.loads, required=True, help="distances and facts, JSON")
    _paths(parser, "pairs")
    parser.add_argument("--checkpoints", type=Path, nargs="+", required=True)
    parser.add_argument("--outputs", type=Path, nargs="+", required=True, help="<table>.parquet for each table")
    parser.add_argument("--states", type=Path, required=True, help="where the state of the training is cleaned")
    _machine(parser)
    parser.set_defaults(run=run)


def _language(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    _corpus(steps.add_parser("corpus", help="facts, passages and questions of a block"))
    _learn(steps.add_parser("train", help="train the language models of a block"))
    _probe(steps.add_parser("probe", help="ask checkpoints of a language model"))


def _corpus(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.language.corpus.stage import generate

        generate(options.settings, options.seeds, options.facts, options.passages, options.questions)

    _settings(parser)
    _paths(parser, "facts", "passages", "questions")
    parser.set_defaults(run=run)


def _learn(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        watch = _watch(options)
        from reversal.language.train.stage import train_block
        from reversal.machines.devices import choose
        from reversal.train.keeper import Saving

        train_block(
            options.settings,
            options.seeds,
            options.passages,
            options.questions,
            options.history,
            options.timing,
            options.run_record,
            options.checkpoints,
            choose(options.gpus, options.threads),
            Saving(options.states, options.code, options.save_every, watch),
        )

    _settings(parser)
    _paths(parser, "passages", "questions", "history", "timing")
    parser.add_argument("--run", dest="run_record", type=Path, required=True, help="run.json")
    parser.add_argument("--checkpoints", type=Path, nargs=2, required=True, help="folders: initial, trained")
    _resuming(parser)
    _machine(parser)
    parser.set_defaults(run=run)


def _probe(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.language.probe.stage import probe
        from reversal.machines.devices import choose
        from reversal.train.state import forget

        named = [options.published] if options.published else options.checkpoints
        each = [[one if options.published else f"{one}/{seed}" for seed in options.seeds] for one in named]
        checkpoints = dict(zip(options.steps, each, strict=True))
        device = choose(options.gpus, options.threads)
        inputs, outputs = (options.facts, options.questions), (options.answers, options.heads, options.slopes)
        probe(options.settings, options.seeds, checkpoints, *inputs, *outputs, device)
        if options.states:
            forget(options.states, options.answers.parent)

    _settings(parser)
    parser.add_argument("--steps", type=int, nargs="+", required=True, help="optimiser steps of each checkpoint")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--checkpoints", nargs="+", help="folders that hold a checkpoint of every seed, named by it")
    which.add_argument("--published", help="a checkpoint's folder, or OWNER/NAME")
    _paths(parser, "facts", "questions", "answers", "heads", "slopes")
    parser.add_argument("--states", type=Path, help="where the state of the training is cleaned")
    _machine(parser)
    parser.set_defaults(run=run)


def _statistics(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.statistics.runs import Gate
        from reversal.statistics.stage import estimate

        cells = [
            {**cell, "tables": {table: _measured(options, cell, table) for table in _tables(options, cell)}}
            for cell in options.cells
        ]
        gate = Gate(options.gate, options.training_nll)
        estimate(options.statistic, cells, gate, options.inference, options.output)

    parser.add_argument("--statistic", required=True)
    parser.add_argument(
        "--cells", type=json.loads, required=True, help="name, label, family, trained, settings and series, JSON"
    )
    parser.add_argument("--tables", nargs="+", required=True, help="tables that it reads")
    parser.add_argument("--results", required=True, help="folder of the study")
    parser.add_argument("--blocks", nargs="+", required=True, help="names of the blocks of seeds")
    parser.add_argument("--gate", type=float, required=True, help="accuracy that every trained query must reach")
    parser.add_argument("--training-nll", type=float, help="NLL, nats a token, that every trained query must end below")
    parser.add_argument("--inference", type=json.loads, required=True, help="confidence and margin, JSON")
    _paths(parser, "output")
    parser.set_defaults(run=run)


def _tables(options: argparse.Namespace, cell: Mapping[str, Any]) -> list[str]:
    """The tables that there are of a cell; what has trained nothing has no history."""
    return [table for table in options.tables if table != "history" or cell["trained"]]


def _measured(options: argparse.Namespace, cell: Mapping[str, Any], table: str) -> list[str]:
    from reversal import dag, paths

    template = f"{options.results}/{paths.measured(table, dag.stage(options.statistic))}"
    return [template.format(cell=cell["name"], block=block) for block in cell.get("blocks", options.blocks)]


def _judge(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.statistics.judgement import judge

        tables = {(path.parent.name, path.stem): path for path in options.statistics}
        judge(options.ledger, options.experiments, tables, options.seeds, options.output)

    parser.add_argument("--ledger", type=Path, nargs="*", required=True, help="files of claims")
    parser.add_argument("--experiments", nargs="+", required=True, help="all that the config has, run or not")
    _paths(parser, "output")
    parser.add_argument("--statistics", type=Path, nargs="*", required=True, help="<experiment>/<statistic>.parquet")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.set_defaults(run=run)


def _calibrate(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.statistics.calibration import calibrate
        from reversal.statistics.printed import show

        calibrate(options.simulations, options.output)
        if options.show:
            show(options.output)

    parser.add_argument("--simulations", type=int, default=2000, help="simulated cells behind each rate")
    _paths(parser, "output")
    parser.add_argument("--show", action="store_true", help="print the table too")
    parser.set_defaults(run=run)


def _claims(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal import paths
        from reversal.claims import markdown, show, warn
        from reversal.study import load

        study = load(_config(options.configfile)) if options.configfile or not options.results else None
        results = options.results or Path(paths.results(study.name))
        table = paths.LANGUAGE_CLAIMS if options.language else paths.CLAIMS
        if study:
            warn(results / table, study.language_claims if options.language else study.claims)
        if options.markdown:
            print(markdown(results / table, [folder / table for folder in options.beside]))
        else:
            show(results / table, options.id)

    parser.add_argument("id", nargs="?", help="one claim, with all its numbers")
    parser.add_argument("--language", action="store_true", help="the claims about language models")
    parser.add_argument("--markdown", action="store_true", help="the whole ledger as a document")
    parser.add_argument(
        "--beside", type=Path, nargs="+", default=[], help="folders of studies of other seeds, for --markdown"
    )
    parser.add_argument(
        "--results", type=Path, help="folder of a study; that of the config, whose ledger it is held to, if not said"
    )
    parser.add_argument("--configfile", type=Path, nargs="*", default=[], help=f"overlays of {CONFIG}")
    parser.set_defaults(run=run)


def _figures(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace) -> None:
        from reversal.figures.stage import draw

        draw(options.figure, {path.stem: path for path in options.statistics}, options.outputs)

    parser.add_argument("--figure", required=True, help="a file of figures/plots")
    parser.add_argument(
        "--statistics", type=Path, nargs="+", required=True, help="<statistic>.parquet for each it reads"
    )
    parser.add_argument("--outputs", type=Path, nargs="+", required=True, help="pdf, png, svg, csv, tex")
    parser.set_defaults(run=run)


def _asked(parser: argparse.ArgumentParser, command: str, *more: str) -> None:
    """A command about a study; its function gets the study and the options named in `more`."""

    def run(options: argparse.Namespace) -> None:
        from importlib import import_module

        from reversal.study import load

        study = load(_config(options.configfile))
        import_module(f"reversal.{command}").show(study, *(getattr(options, name) for name in more))

    parser.add_argument("--configfile", type=Path, nargs="*", default=[], help=f"overlays of {CONFIG}")
    parser.set_defaults(run=run)


def _estimate(parser: argparse.ArgumentParser) -> None:
    from reversal.machines.gpus import GPUS

    _asked(parser, "estimate", "gpu")
    parser.add_argument("--gpu", choices=GPUS, help="take no steps here; tell GPU hours of this kind by arithmetic")


def _config(overlays: Sequence[Path]) -> dict[str, Any]:
    """The config as Snakemake reads it: mappings merge, lists are replaced."""
    from snakemake.utils import update_config

    config: dict[str, Any] = {}
    for path in [CONFIG, *overlays]:
        try:
            update_config(config, yaml_text.load(path.read_text(encoding="utf-8")) or {})
        except OSError as error:
            raise ReversalError(
                f"{path}: cannot be read ({error.strerror}); call this from the workflow's folder"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ReversalError(f"{path}: is no YAML ({' '.join(str(error).split())})") from None
    return config


def _settings(parser: argparse.ArgumentParser, seeds: bool = True) -> None:
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON")
    if seeds:
        parser.add_argument("--seeds", type=int, nargs="+", required=True, help="master seeds of the block")


def _paths(parser: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        parser.add_argument(f"--{name}", type=Path, required=True)


def _resuming(parser: argparse.ArgumentParser) -> None:
    _paths(parser, "states")
    parser.add_argument("--code", required=True, help="digest of the stage's code; state of other code is not used")
    parser.add_argument("--save-every", type=float, default=60, help="seconds between two saves of training state")
    parser.add_argument("--runtime", type=float, help="minutes that the job has; counts where a scheduler enforces it")


def _machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gpus", type=int, default=0, help="GPUs given to the job")
    parser.add_argument("--threads", type=int, default=1, help="threads given to the job")
