# `make help` lists what there is. Everything runs in .venv, which is made when it is first needed.
#     PYTHON   the Python (≥ 3.11) that .venv is made with             make figures PYTHON=python3.12
#     CORES    how many cores a run may use; `all` of them if not said  make figures CORES=4
#     CONFIG   a study on top of config.yaml                            make figures CONFIG=workflow/scales/smoke.yaml

PYTHON ?= python3
CORES ?= all
CONFIG ?=

# Put before a command, not exported: the set-up must find the user's Python and not that of a broken .venv.
in_venv := PATH="$(CURDIR)/.venv/bin:$$PATH"
configfile := $(if $(CONFIG),--configfile $(CONFIG))
study = $(shell sed -n 's/^study: *\([a-z0-9_-]*\).*/\1/p' $(CONFIG) config.yaml | head -n 1)
report = results/$(study)/report.html

.DEFAULT_GOAL := help
# Targets share .venv and results/: one after the other, also under `make -j`.
.NOTPARALLEL:
.PHONY: help figures smoke test test-cluster torture bench calibrate claims lint estimate status clean distclean

help:  ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "make %-13s %s\n", $$1, $$2 }'

figures: .venv/installed  ## the default study (or CONFIG=…), from data to figures and report
	$(in_venv) python -m snakemake --cores $(CORES) $(configfile) --report $(report) --report-after-run
	@ls results/$(study)/figures/*.pdf
	@echo "Report: $(report)"

smoke:  ## the same in seconds: few cells, small models
	@$(MAKE) --no-print-directory figures CONFIG=workflow/scales/smoke.yaml

test: .venv/installed-tools  ## all tests that need neither root nor a cluster (ARGS=… goes to pytest)
	$(in_venv) python -m pytest -n auto --dist loadfile -m "not cluster and not torture" $(ARGS)

test-cluster: .venv/installed-tools  ## a real SLURM on this host, and the study on it; needs root and Debian (ARGS=… too)
	$(in_venv) python -m pytest -n 0 -m cluster tests/cluster $(ARGS)

torture: .venv/installed-tools  ## training killed, cut short, raced, out of disk, and what came of it
	$(in_venv) python -m pytest -n auto --dist load -m torture $(ARGS)

bench: .venv/installed  ## what the workflow costs on this machine (ARGS=dry_run: one measurement)
	$(in_venv) python -m bench $(ARGS)

calibrate: .venv/installed  ## what the tests and intervals hold, on 10000 simulated cells a row (ARGS=… too)
	$(in_venv) python -m reversal calibrate --simulations 10000 --output results/calibration.parquet --show $(ARGS)

claims: .venv/installed  ## the ledger of a finished study, or one claim of it (ARGS=mdm_reverses)
	@$(in_venv) python -m reversal claims $(ARGS) $(configfile)

lint: .venv/installed-tools  ## ruff, snakefmt and snakemake's own advice
	$(in_venv) python -m ruff check .
	$(in_venv) python -m ruff format --check .
	$(in_venv) snakefmt --check Snakefile workflow/rules
	$(in_venv) python -m snakemake --lint

estimate: .venv/installed  ## jobs, time and disk of a study, before anything starts
	@$(in_venv) python -m reversal estimate $(configfile)

status: .venv/installed  ## what is done, failed, running, and what did not learn
	@$(in_venv) python -m reversal status $(configfile)

clean:  ## away with the results of `figures` and `smoke`, and with caches; .venv and other studies stay
	rm -rf results/default results/smoke .pytest_cache .ruff_cache .hypothesis
	find workflow tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@rmdir results 2>/dev/null || true
	@test -d results || rm -rf .snakemake logs

distclean: clean  ## the same, and .venv
	rm -rf .venv

# Two stamps: what a study needs, and on top of it what tests and lint need. An environment that was moved, or whose
# Python has gone, does not say its own path any more; then, and after an interrupted set-up, the stamps count for nothing.
ifneq "$(shell .venv/bin/python -c 'import sys; print(sys.prefix)' 2>/dev/null)$(wildcard .venv/unfinished)" "$(shell cat .venv/made 2>/dev/null)"
.PHONY: .venv/installed .venv/installed-tools
endif

.venv/installed: envs/constraints.txt envs/install.sh pyproject.toml
	@sh envs/install.sh "$(PYTHON)"
	@touch $@

.venv/installed-tools: envs/constraints.txt envs/install.sh pyproject.toml
	@sh envs/install.sh "$(PYTHON)" test,lint
	@touch $@ .venv/installed
