# figures: statistics → publication figures and the tables of the same numbers. Each figure is a rule of its own,
# named <experiment>_<figure>, and each experiment is one too: `snakemake dose`, `snakemake dose_response`.


def drawn(name):
    """What is drawn and written under one name; LaTeX tables for the main figures only."""
    latex = name == "ledger" or registry.literals("figures.plots", FIGURES[name][1]).get("LATEX", False)
    return [inside(paths.FIGURE, figure=name, format=suffix) for suffix in paths.DRAWN] + [
        inside(paths.TABLE, figure=name, format=suffix) for suffix in paths.WRITTEN if latex or suffix != "tex"
    ]


def caption(name):
    """The figure's own caption, or the one for figures that have none yet."""
    own = HOME / "report" / f"{name}.rst"
    return str(own if own.exists() else HOME / "report" / "figure.rst")


FIGURES = {
    f"{experiment.name}_{figure}": (experiment.name, figure)
    for experiment in study.experiments.values()
    for figure in experiment.figures
}


for name, (experiment, figure) in FIGURES.items():

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
            [path for path in drawn(name) if not path.endswith((".svg", ".csv"))],
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
        params:
            figure=figure,
            code=stage_digest(
                "figures", registry.literals("figures.plots", figure)["READS"], [("figures.plots", figure)]
            ),
        resources:
            mem_mb=1000,
            runtime=10,
        shell:
            "python -m reversal figures --figure {params.figure} --statistics {input:q} --outputs {output:q} 2> {log:q}"


rule draw_ledger:
    """The ledger of claims, as a figure and as a table."""
    input:
        rules.judge_claims.output,
    output:
        report(
            inside(paths.FIGURE, figure="ledger", format="svg"),
            caption=caption("ledger"),
            category="Claims",
            labels={"experiment": "all", "figure": "ledger"},
        ),
        [path for path in drawn("ledger") if not path.endswith((".svg", ".csv"))],
        report(
            inside(paths.TABLE, figure="ledger", format="csv"),
            caption=caption("ledger"),
            category="Claims",
            labels={"experiment": "all", "figure": "ledger table"},
        ),
    log:
        logs("figures", "ledger"),
    benchmark:
        benchmarks("figures", "ledger")
    params:
        code=stage_digest("figures", ["claims"], [("figures", "ledger")]),
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        "python -m reversal figures --figure ledger --statistics {input:q} --outputs {output:q} 2> {log:q}"


for experiment in study.experiments.values():

    rule:
        name:
            experiment.name
        input:
            [drawn(f"{experiment.name}_{figure}") for figure in experiment.figures],
            expand(inside(paths.STATISTIC, experiment=experiment.name), statistic=experiment.statistics),


rule figures:
    """Every figure, and the ledger's."""
    input:
        [drawn(name) for name in FIGURES],
        rules.draw_ledger.output,
