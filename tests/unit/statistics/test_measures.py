import math

import pytest

from reversal import tables
from reversal.statistics import measures


@pytest.mark.parametrize("measure", ["nll", "candidate_nll", "reverse_candidate_nll", "source_steps", "candidate_rank"])
def test_losses_steps_and_ranks_are_better_when_lower(measure):
    assert measures.lower_is_better(measure)


@pytest.mark.parametrize("measure", ["accuracy", "candidate_probability", "pearson", "cosine", "increment"])
def test_others_are_better_when_higher(measure):
    assert not measures.lower_is_better(measure)


def test_a_measure_ends_where_what_it_is_ends():
    assert measures.span("reverse_candidate_accuracy") == (0, 1)
    assert measures.span("source_nll") == (0, math.inf)
    assert measures.span("rank") == (1, math.inf)
    assert measures.span("weight_rev") == (0, 1)
    assert measures.span("pearson") == measures.span("weight_reverse") == (-math.inf, math.inf)


def test_every_loss_of_the_dictionary_has_an_end():
    found = {measure for name in ("accuracy", "dose") for measure in tables.entry(name)["columns"]["measure"]["values"]}
    signed = {"r_initial", "r_trained", "cosine_initial", "cosine_fitting", "matched_minus_mismatched"}
    assert {measure for measure in found if measures.span(measure)[0] == -math.inf} == signed
