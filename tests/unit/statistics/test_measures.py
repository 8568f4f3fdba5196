import math

import pytest

from reversal import registry, tables
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
    assert measures.span("pearson") == measures.span("r_trained") == (-1, 1)
    assert measures.span("ratio_reverse") == (0, math.inf)


@pytest.mark.parametrize(
    ("measure", "ends"),
    [
        ("mismatched", (-1, 1)),
        ("matched_minus_mismatched", (-2, 2)),
        ("own_minus_others", (-2, 2)),
        ("excess_conditional", (-2, 2)),
        ("trained_minus_initial", (-2, 2)),
        ("peak_minus_initial", (0, 1)),
        ("initial", (0, 1)),
        ("cosine_initial", (-1, 1)),
        ("weight_reverse", (-math.inf, math.inf)),
    ],
)
def test_the_longest_ending_counts(measure, ends):
    """A difference ends where a difference does, whatever it is of; a weight of a logit is no share of attention."""
    assert measures.span(measure) == ends


def test_only_logits_and_changes_of_a_loss_have_no_ends():
    columns = [tables.entry(name)["columns"] for name in registry.names("statistics.estimates")]
    found = {measure for entry in columns for measure in entry["measure"]["values"]}
    logits = {"weight_forward", "weight_reverse", "contrast", "logit"}
    changes = {
        *("predicted_rev", "measured_rev", "measured_forward", "reverse_per_forward"),
        *("optimiser_predicted_rev", "optimiser_measured_rev"),
    }
    assert {measure for measure in found if measures.span(measure)[0] == -math.inf} == logits | changes
