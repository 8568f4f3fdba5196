# data: settings of a text → its pairs and sentences, a block of seeds at a time.


rule generate_block:
    """Draw the pairs of a block of seeds and write the sentences that tell them."""
    output:
        pairs=inside(paths.PAIRS),
        sentences=inside(paths.SENTENCES),
    log:
        logs("data", "{dataset}/{block}"),
    benchmark:
        benchmarks("data", "{dataset}/{block}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda wildcards: canonical(study.datasets[wildcards.dataset]),
        seeds=lambda wildcards: BLOCKS[wildcards.block],
        code=lambda wildcards: stage_digest(
            "data",
            ["pairs", "sentences"],
            dag.told(study.datasets[wildcards.dataset]),
        ),
    message:
        "text {wildcards.dataset}, seeds {wildcards.block}"
    shell:
        "python -m reversal data --settings {params.settings:q} --seeds {params.seeds} "
        "--pairs {output.pairs:q} --sentences {output.sentences:q} 2> {log:q}"


rule data:
    """Every text of the study."""
    input:
        lambda wildcards: expand(rules.generate_block.output, dataset=study.datasets, block=BLOCKS),
