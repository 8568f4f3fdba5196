# figures: statistics → publication figures and the tables of the same numbers. Each figure is a rule of its own,
# named <experiment>_<figure>, and each experiment is one too: `snakemake dose`, `snakemake dose_response`.


for name, (experiment, figure) in dag.figures(study).items():

    rule:
        name:
            name
        input:
            expand(
                inside(paths.STATISTIC, experiment=experiment),
                statistic=registry.literals("figures.plots", figure)["READS"],
            ),
        output:
            report(
                inside(paths.FIGURE, figure=name, format="svg"),
                caption=caption(name),
                category="Figures",
                labels={"experiment": experiment, "figure": figure},
            ),
            [path for form, path in dag.drawn(study, name).items() if form not in ("svg", "csv")],
            report(
                inside(paths.TABLE, figure=name, format="csv"),
                caption=caption(name),
                category="Tables",
                labels={"experiment": experiment, "figure": figure},
            ),
        log:
            logs("figures", name),
        benchmark:
            benchmarks("figures", name)
        localrule: True
        conda:
            ENVIRONMENT
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            figure=figure,
            colours=canonical(dag.colours(study, experiment)),
            code=stage_digest(
                "figures", registry.literals("figures.plots", figure)["READS"], [("figures.plots", figure)]
            ),
        message:
            f"draw {name}"
        shell:
            "python -m reversal figures --figure {params.figure} --statistics {input:q} --outputs {output:q} 2> {log:q}"


rule draw_ledger:
    """The ledger of claims, as a figure and as a table."""
    input:
        rules.judge_claims.output,
    output:
        report(
            inside(paths.FIGURE, figure=LEDGER, format="svg"),
            caption=caption(LEDGER),
            category="Claims",
            labels={"experiment": "all", "figure": "ledger"},
        ),
        [path for form, path in dag.drawn(study, LEDGER).items() if form not in ("svg", "csv")],
        report(
            inside(paths.TABLE, figure=LEDGER, format="csv"),
            caption=caption(LEDGER),
            category="Claims",
            labels={"experiment": "all", "figure": "ledger table"},
        ),
    log:
        logs("figures", "ledger"),
    benchmark:
        benchmarks("figures", "ledger")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=stage_digest("figures", ["claims"], [("figures.plots", "ledger")]),
    message:
        "draw the ledger"
    shell:
        "python -m reversal figures --figure ledger --statistics {input:q} --outputs {output:q} 2> {log:q}"


rule draw_calibration:
    """What tests and intervals hold, as a figure and as a table."""
    input:
        rules.calibrate.output,
    output:
        report(
            inside(paths.FIGURE, figure=CALIBRATION, format="svg"),
            caption=caption(CALIBRATION),
            category="Claims",
            labels={"experiment": "none", "figure": "calibration"},
        ),
        [path for form, path in dag.drawn(study, CALIBRATION).items() if form not in ("svg", "csv")],
        report(
            inside(paths.TABLE, figure=CALIBRATION, format="csv"),
            caption=caption(CALIBRATION),
            category="Claims",
            labels={"experiment": "none", "figure": "calibration table"},
        ),
    log:
        logs("figures", "calibration"),
    benchmark:
        benchmarks("figures", "calibration")
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=stage_digest("figures", ["calibration"], [("figures.plots", "calibration")]),
    message:
        "draw the calibration"
    shell:
        "python -m reversal figures --figure calibration --statistics {input:q} --outputs {output:q} 2> {log:q}"


for experiment in study.experiments.values():

    rule:
        name:
            experiment.name
        input:
            [dag.drawn(study, f"{experiment.name}_{figure}").values() for figure in experiment.figures],
            expand(inside(paths.STATISTIC, experiment=experiment.name), statistic=experiment.statistics),


rule figures:
    """Every figure, the ledger's and the calibration's among them."""
    input:
        [dag.drawn(study, name).values() for name in [*dag.figures(study), *WHOLE]],
