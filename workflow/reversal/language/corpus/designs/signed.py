"""The symmetric design with a sign of its own for every relation in place of the dash, so that there is a wrong one.

A model that names A wherever it meets B answers `reverse` of the symmetric design, and `wrong_frame` of this one.
"""

from reversal.language.corpus.designs import Frames
from reversal.language.corpus.designs.symmetric import both_ways
from reversal.language.corpus.relation import Relation

__all__ = ["SETTINGS", "both_ways", "frames"]

SETTINGS: dict = {}


def frames(relation: Relation) -> Frames:
    """The relation's sign between its entities."""
    return Frames((f"{{A}} {relation.sign} {{B}}",), (f"{{B}} {relation.sign} {{A}}",))
