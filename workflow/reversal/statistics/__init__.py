"""Estimates with intervals, tests, and the ledger of claims. The unit is the seed; of a few language models, the fact."""
