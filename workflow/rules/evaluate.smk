# evaluate: checkpoints and the pairs behind them → what the models know, a block of seeds at a time.
# Priorities: what is trained is evaluated, then the next trains, then estimates; figures fill the end on every core.


rule evaluate_block:
    """Ask every query and take scores, gradients and weights at each checkpoint."""
    input:
        pairs=of_text(paths.PAIRS),
        checkpoints=dag.checkpoints(study),
    output:
        [inside(paths.EVALUATED, table=table) for table in TABLES],
    log:
        logs("evaluate", "{cell}/{block}"),
    benchmark:
        benchmarks("evaluate", "{cell}/{block}")
    priority: 3
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda wildcards, attempt: attempt
        * memory.evaluation(study.cells[wildcards.cell].settings, study.evaluation["facts"]),
        runtime=60,
    params:
        states=inside(paths.STATES),
        settings=of_cell(lambda cell: canonical(cell.settings)),
        trained=of_cell(lambda cell: cell.trained),
        evaluation=canonical(study.evaluation),
        code=of_cell(lambda cell: stage_digest("evaluate", ["pairs", *TABLES], dag.variants(cell))),
    message:
        "evaluate {wildcards.cell}, seeds {wildcards.block}"
    shell:
        "python -m reversal evaluate --settings {params.settings:q} --trained {params.trained} "
        "--evaluation {params.evaluation:q} --pairs {input.pairs:q} --checkpoints {input.checkpoints:q} "
        "--outputs {output:q} --states {params.states:q} --gpus {resources.gpu} --threads {threads} 2> {log:q}"


rule evaluate:
    """Every table of every run."""
    input:
        lambda wildcards: expand(rules.evaluate_block.output, cell=study.cells, block=BLOCKS),
