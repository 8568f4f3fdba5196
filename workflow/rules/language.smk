# language: facts told in words → corpora → language models trained here, or published ones → what they know of the facts.
# Tables and checkpoint folders lie under results/<study>/language/; statistics and figures are those of every experiment.


rule write_corpus:
    """Gather the facts of a corpus, tell them and ask for them, for every seed of a block."""
    input:
        lambda wildcards: corpus_files(study.corpora[wildcards.corpus]),
    output:
        facts=inside(paths.FACTS),
        passages=inside(paths.PASSAGES),
        questions=inside(paths.QUESTIONS),
    log:
        logs("language", "corpora/{corpus}/{block}"),
    benchmark:
        benchmarks("language", "corpora/{corpus}/{block}")
    wildcard_constraints:
        block=LANGUAGE_BLOCK,
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda wildcards: canonical(study.corpora[wildcards.corpus]),
        seeds=lambda wildcards: LANGUAGE_BLOCKS[wildcards.block],
        code=lambda wildcards: stage_digest(
            "language",
            ["facts", "passages", "questions"],
            corpus_variants(study.corpora[wildcards.corpus]),
            begins="corpus.stage",
        ),
    message:
        "corpus {wildcards.corpus}, seeds {wildcards.block}"
    shell:
        "python -m reversal language corpus --settings {params.settings:q} --seeds {params.seeds} "
        "--facts {output.facts:q} --passages {output.passages:q} --questions {output.questions:q} 2> {log:q}"


rule train_language:
    """Train the language models of a block; keep them as they were before the first step and after the last."""
    input:
        unpack(of_corpus("passages", "questions")),
    output:
        history=learner("history.parquet"),
        timing=learner("timing.parquet"),
        run=learner("run.json"),
        checkpoints=[directory(learner(f"checkpoints/{name}")) for name in paths.CHECKPOINTS],
    log:
        logs("language", "train/{learner}/{block}"),
    benchmark:
        benchmarks("language", "train/{learner}/{block}")
    wildcard_constraints:
        block=LANGUAGE_BLOCK,
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=240,
        save_every=60,
    params:
        states=inside(paths.STATES),
        settings=lambda wildcards: canonical(study.learners[wildcards.learner].settings),
        seeds=lambda wildcards: LANGUAGE_BLOCKS[wildcards.block],
        code=lambda wildcards: stage_digest(
            "language",
            ["passages", "questions", "history", "timing"],
            study.learners[wildcards.learner].variants,
            begins="train.stage",
        ),
    message:
        "train {wildcards.learner}, seeds {wildcards.block}"
    shell:
        "python -m reversal language train --settings {params.settings:q} --seeds {params.seeds} "
        "--passages {input.passages:q} --questions {input.questions:q} --history {output.history:q} "
        "--timing {output.timing:q} --run {output.run:q} --checkpoints {output.checkpoints:q} "
        "--states {params.states:q} --code {params.code} --save-every {resources.save_every} "
        "--runtime {resources.runtime} --gpus {resources.gpu} --threads {threads} 2> {log:q}"


rule probe_language:
    """Ask the language models of a block that were trained here, untrained and trained."""
    input:
        unpack(of_corpus("facts", "questions")),
        # Of a folder Snakemake knows its time alone; what is in these is told by a digest in run.json.
        run=rules.train_language.output.run,
        checkpoints=ancient(rules.train_language.output.checkpoints),
    output:
        **{table: learner(f"{table}.parquet") for table in PROBED},
    log:
        logs("language", "probe/{learner}/{block}"),
    benchmark:
        benchmarks("language", "probe/{learner}/{block}")
    wildcard_constraints:
        block=LANGUAGE_BLOCK,
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda wildcards, attempt: attempt * 3000,
        runtime=60,
    params:
        states=inside(paths.STATES),
        settings=lambda wildcards: canonical(asked(study.learners[wildcards.learner])),
        seeds=lambda wildcards: LANGUAGE_BLOCKS[wildcards.block],
        steps=lambda wildcards: study.learners[wildcards.learner].checkpoints,
        code=stage_digest("language", ["facts", "questions", *PROBED], begins="probe.stage"),
    message:
        "probe {wildcards.learner}, seeds {wildcards.block}"
    shell:
        "python -m reversal language probe --settings {params.settings:q} --seeds {params.seeds} --steps {params.steps} "
        "--checkpoints {input.checkpoints:q} --facts {input.facts:q} --questions {input.questions:q} "
        "--answers {output.answers:q} --heads {output.heads:q} --slopes {output.slopes:q} --states {params.states:q} "
        "--gpus {resources.gpu} --threads {threads} 2> {log:q}"


rule probe_published:
    """Ask a checkpoint that somebody else has trained."""
    input:
        unpack(of_corpus("facts", "questions")),
    output:
        **{table: published(f"{table}.parquet") for table in PROBED},
    log:
        logs("language", "probe/{published}/{block}"),
    benchmark:
        benchmarks("language", "probe/{published}/{block}")
    wildcard_constraints:
        block=LANGUAGE_BLOCK,
    conda:
        lambda wildcards: environment_of(study.published[wildcards.published])
    threads: 1
    resources:
        gpu=lambda wildcards: study.published[wildcards.published].gpus,
        gpu_memory=lambda wildcards: study.published[wildcards.published].gpu_memory,
        gpu_model=lambda wildcards: gpu_type(study.published[wildcards.published]),
        mem_mb=lambda wildcards, attempt: attempt * study.published[wildcards.published].memory,
        runtime=240,
    params:
        settings=lambda wildcards: canonical(asked(study.published[wildcards.published])),
        seeds=lambda wildcards: LANGUAGE_BLOCKS[wildcards.block],
        checkpoint=lambda wildcards: study.published[wildcards.published].loading["checkpoint"],
        code=stage_digest("language", ["facts", "questions", *PROBED], begins="probe.stage"),
    message:
        "probe {wildcards.published}"
    shell:
        "python -m reversal language probe --settings {params.settings:q} --seeds {params.seeds} --steps 0 "
        "--published {params.checkpoint:q} --facts {input.facts:q} --questions {input.questions:q} "
        "--answers {output.answers:q} --heads {output.heads:q} --slopes {output.slopes:q} "
        "--gpus {resources.gpu} --threads {threads} 2> {log:q}"


use rule judge_claims as judge_language with:
    input:
        dag.estimates(study, study.language),
    output:
        inside(paths.LANGUAGE_CLAIMS),
    log:
        logs("language", "claims"),
    benchmark:
        benchmarks("language", "claims")
    params:
        # As of judge_claims; the ledger is the language models' own, and experiments on request are judged too.
        ledger=lambda wildcards, output: [str(ledger.path(name)) for name in study.language_claims],
        claims=ledger.digest(map(ledger.path, study.language_claims)),
        experiments=lambda wildcards, output: [*study.experiments, *study.unselected],
        seeds=study.seeds,
        code=stage_digest("statistics", ["claims"], begins="judgement"),
    message:
        "judge the claims about language models"


rule language:
    """Every language model, its figures and its claims."""
    input:
        [
            path
            for name, (experiment, _) in dag.figures(study).items()
            if study.experiments[experiment] in study.language
            for path in dag.drawn(study, name).values()
        ],
        rules.judge_language.output,
