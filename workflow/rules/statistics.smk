# statistics: tables of an experiment's cells → estimates with intervals; all estimates → the ledger of claims. Beside them
# what the tests and intervals hold on simulated seeds.


rule estimate:
    """One statistic over the cells of one experiment."""
    input:
        unpack(lambda wildcards: dag.measured(study, wildcards.experiment, wildcards.statistic)),
    output:
        inside(paths.STATISTIC),
    log:
        logs("statistics", "{experiment}/{statistic}"),
    benchmark:
        benchmarks("statistics", "{experiment}/{statistic}")
    priority: 1
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        cells=lambda wildcards: canonical(dag.records(study, wildcards.experiment)),
        tables=lambda wildcards: dag.reads(wildcards.statistic),
        results=lambda wildcards, output: str(Path(output[0]).parents[2]),
        blocks=list(BLOCKS),
        gate=lambda wildcards: dag.gate(study, wildcards.experiment),
        inference=canonical(study.inference),
        code=lambda wildcards: stage_digest(
            "statistics",
            [wildcards.statistic, *dag.reads(wildcards.statistic)],
            dag.estimated(study, wildcards.experiment, wildcards.statistic),
        ),
    message:
        "{wildcards.statistic} of {wildcards.experiment}"
    shell:
        "python -m reversal statistics --statistic {wildcards.statistic} --cells {params.cells:q} "
        "--tables {params.tables} --results {params.results:q} --blocks {params.blocks} {params.gate} "
        "--inference {params.inference:q} --output {output:q} 2> {log:q}"


rule judge_claims:
    """Hold the claims that were written before the run to what came of it."""
    input:
        dag.estimates(study, study.selected),
    output:
        inside(paths.CLAIMS),
    log:
        logs("statistics", "claims"),
    benchmark:
        benchmarks("statistics", "claims")
    priority: 1
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        # Not inputs: their paths tell where the clone lies. What they say is `claims`.
        ledger=lambda wildcards, output: [str(ledger.path(name)) for name in study.claims],
        claims=ledger.digest(map(ledger.path, study.claims)),
        # What is not run changes no verdict.
        experiments=lambda wildcards, output: [*study.experiments, *study.unselected],
        seeds=study.seeds,
        code=stage_digest("statistics", ["claims"], begins="judgement"),
    message:
        "judge the claims"
    shell:
        "python -m reversal judge --ledger {params.ledger:q} --experiments {params.experiments} "
        "--statistics {input:q} --seeds {params.seeds} --output {output:q} 2> {log:q}"


rule calibrate:
    """Simulate seeds whose truth is known, and count how often tests and intervals are right about it."""
    output:
        inside(paths.CALIBRATION),
    log:
        logs("statistics", "calibration"),
    benchmark:
        benchmarks("statistics", "calibration")
    priority: 1
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        simulations=study.simulations,
        code=stage_digest("statistics", ["calibration"], begins="calibration"),
    message:
        "calibrate tests and intervals"
    shell:
        "python -m reversal calibrate --simulations {params.simulations} --output {output:q} 2> {log:q}"


rule statistics:
    """Every estimate, the ledger, and the calibration of its tests."""
    input:
        dag.estimates(study, study.selected),
        rules.judge_claims.output,
        rules.calibrate.output,
