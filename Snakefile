# Why autoregressive models suffer the reversal curse and masked diffusion models mostly escape it.
# A table of contents: what is read, which stages there are, what can be asked for.
#
#   snakemake --cores all                      the whole study but the report
#   snakemake --cores all train                one stage: data, train, evaluate, language, statistics, figures
#   snakemake --cores all dose                 one experiment
#   snakemake --cores all dose_response        one figure, and only what it shows

from snakemake.utils import min_version

min_version("9.19")


configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/language.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/unselected.smk"


report: "workflow/report/workflow.rst"


onstart:
    refuse_ledgers()
    preflight.check(workflow)
    pace.unlimited(workflow)


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.statistics.input,
