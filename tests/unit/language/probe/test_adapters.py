"""Families: found by their model type, and what they say fits the models and the data dictionary."""

import functools

import pytest
import transformers

from reversal import registry, tables
from reversal.errors import ReversalError
from reversal.language.probe.adapters import PACKAGE, family, name
from tests.language_models import NATIVE, native

GROUPS = set(tables.entry("slopes")["columns"]["group"]["values"]) - {"all"}


def test_a_family_is_found_by_its_model_type():
    assert name("modernbert-decoder") == "modernbert_decoder"
    assert name("Dream") == "dream"
    with pytest.raises(
        ReversalError, match=r"x: no adapter for models of type 'Mamba-2'.*language/probe/adapters/mamba_2.py"
    ):
        family("Mamba-2", "x")


@pytest.mark.parametrize("of", registry.names(PACKAGE))
def test_groups_are_those_of_the_table_and_classes_those_of_transformers(of):
    found = family(of, "x")
    assert {*found.groups.values(), *(group for groups in found.fused.values() for group in groups)} <= GROUPS
    assert all(kind in ("masked", "causal") and hasattr(transformers, loads) for kind, loads in found.classes.items())


@pytest.mark.parametrize("of", NATIVE)
def test_all_layers_lie_where_the_family_says(of):
    model = native(of)
    assert model.config.model_type.replace("-", "_") == of
    found = functools.reduce(getattr, family(of, of).layers.split("."), model)
    assert len(found) == model.config.num_hidden_layers
