# statistics: tables of an experiment's cells → estimates with intervals; all estimates → the ledger of claims.


def reads(statistic):
    """The tables that a statistic reads; the gate needs every run's history."""
    return ["history", *registry.literals("statistics.estimates", statistic)["READS"]]


def measured(wildcards):
    """Those tables, for every cell of the experiment and every block."""
    return {
        table: expand(inside(paths.measured(table)), cell=study.experiments[wildcards.experiment].cells, block=BLOCKS)
        for table in reads(wildcards.statistic)
    }


def records(wildcards):
    """What a statistic must know of the experiment's cells."""
    cells = [study.cells[name] for name in study.experiments[wildcards.experiment].cells]
    return canonical(
        [
            {"name": cell.name, "label": cell.label, "family": cell.family, "trained": cell.trained, "settings": cell.settings}
            for cell in cells
        ]
    )


ESTIMATES = [
    inside(paths.STATISTIC, experiment=experiment.name, statistic=statistic)
    for experiment in study.experiments.values()
    for statistic in experiment.statistics
]


rule estimate:
    """One statistic over the cells of one experiment."""
    input:
        unpack(measured),
    output:
        inside(paths.STATISTIC),
    log:
        logs("statistics", "{experiment}/{statistic}"),
    benchmark:
        benchmarks("statistics", "{experiment}/{statistic}")
    params:
        cells=records,
        tables=lambda wildcards: reads(wildcards.statistic),
        results=RESULTS,
        blocks=list(BLOCKS),
        gate=study.gate,
        inference=canonical(study.inference),
        code=lambda wildcards: stage_digest(
            "statistics",
            [wildcards.statistic, *reads(wildcards.statistic)],
            [("statistics.estimates", wildcards.statistic)],
        ),
    resources:
        mem_mb=2000,
        runtime=30,
    shell:
        "python -m reversal statistics --statistic {wildcards.statistic} --cells {params.cells:q} "
        "--tables {params.tables} --results {params.results:q} --blocks {params.blocks} --gate {params.gate} "
        "--inference {params.inference:q} --output {output:q} 2> {log:q}"


rule judge_claims:
    """Hold the claims that were written before the run to what came of it."""
    input:
        ledger=str(HOME / "claims.yaml"),
        statistics=ESTIMATES,
    output:
        inside(paths.CLAIMS),
    log:
        logs("statistics", "claims"),
    benchmark:
        benchmarks("statistics", "claims")
    params:
        seeds=study.seeds,
        code=stage_digest("statistics", ["claims"], begins="judgement"),
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        "python -m reversal claims --ledger {input.ledger:q} --statistics {input.statistics:q} "
        "--seeds {params.seeds} --output {output:q} 2> {log:q}"


rule statistics:
    """Every estimate, and the ledger."""
    input:
        ESTIMATES,
        rules.judge_claims.output,
