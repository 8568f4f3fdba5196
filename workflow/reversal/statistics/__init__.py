"""Estimates with intervals, tests, and the ledger of claims. The unit is the seed."""
