# train: a cell's settings and its text → history and checkpoints, a block of seeds at a time.
# A job that is killed goes on where it last saved, every `save_every` seconds, under results/<study>/.state/.


rule train_block:
    """Train all seeds of a block at once; keep their parameters at log-spaced steps."""
    input:
        pairs=of_text(paths.PAIRS),
        sentences=of_text(paths.SENTENCES),
    output:
        history=inside(paths.HISTORY),
        timing=inside(paths.TIMING),
        run=inside(paths.RUN),
        checkpoints=[path if number in study.kept else temp(path) for number, path in enumerate(dag.checkpoints(study))],
    log:
        logs("train", "{cell}/{block}"),
    benchmark:
        benchmarks("train", "{cell}/{block}")
    priority: 2
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda wildcards, attempt: attempt
        * memory.training(study.cells[wildcards.cell].settings, len(BLOCKS[wildcards.block])),
        runtime=240,
        save_every=60,
    params:
        states=inside(paths.STATES),
        settings=of_cell(lambda cell: canonical(cell.settings)),
        trained=of_cell(lambda cell: cell.trained),
        seeds=lambda wildcards: BLOCKS[wildcards.block],
        code=of_cell(
            lambda cell: stage_digest("train", ["pairs", "sentences", "history", "timing"], dag.variants(cell))
        ),
    message:
        "train {wildcards.cell}, seeds {wildcards.block}"
    shell:
        "python -m reversal train --settings {params.settings:q} --trained {params.trained} --seeds {params.seeds} "
        "--pairs {input.pairs:q} --sentences {input.sentences:q} --history {output.history:q} "
        "--timing {output.timing:q} --run {output.run:q} "
        "--checkpoints {output.checkpoints:q} --states {params.states:q} --code {params.code} "
        "--save-every {resources.save_every} --runtime {resources.runtime} "
        "--gpus {resources.gpu} --threads {threads} 2> {log:q}"


rule train:
    """Every run of the study."""
    input:
        lambda wildcards: expand(rules.train_block.output, cell=study.cells, block=BLOCKS),
