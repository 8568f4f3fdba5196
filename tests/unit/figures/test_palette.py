"""Families are told apart with any colour vision, and words in their colours can be read."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from reversal import families, registry
from reversal.errors import ReversalError
from reversal.figures import colours, palette

# Machado, Oliveira and Fernandes (2009), severity 1.
VISION = {
    "full": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(1)
PINK = "#CC79A7"


def lab(colour, vision):
    """CIE L*a*b* of a colour as it is seen."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(np.asarray(vision) @ linear, 0, 1) / WHITE
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("vision", VISION)
def test_families_are_told_apart(vision):
    """Those that there are, and those that may come; a family may have taken one of the free colours."""
    for one, other in itertools.combinations(dict.fromkeys([*palette.FAMILIES.values(), *colours.FREE]), 2):
        distance = np.linalg.norm(lab(one, VISION[vision]) - lab(other, VISION[vision]))
        assert distance > 17, f"{one} and {other}: {distance:.1f}"


@pytest.mark.parametrize("colour", [*palette.FAMILIES.values(), *colours.FREE, *palette.ramp(PINK, 4)])
def test_words_in_a_colour_can_be_read(colour):
    assert 1.05 / (palette.luminance(palette.legible(colour)) + 0.05) >= palette.CONTRAST


@pytest.fixture
def brought(monkeypatch):
    """Pretend that there are other files, each with its family and perhaps a colour."""

    def bring(**files: tuple[str, str]) -> None:
        home = families.HOMES[1]
        said = {name: dict(zip(("FAMILY", "COLOUR"), literals, strict=True)) for name, literals in files.items()}
        found: dict[str, tuple] = {}
        for name, literals in said.items():
            found[literals["FAMILY"]] = (*found.get(literals["FAMILY"], ()), (home, name))
        monkeypatch.setattr(families, "variants", lambda: found)
        monkeypatch.setattr(registry, "literals", lambda package, name: said[name])

    return bring


def test_a_family_is_drawn_in_its_own_colour_or_in_the_next_that_is_free(brought):
    brought(
        mdm=("MDM", ""),
        first=("first", ""),
        red=("red", "#FF0000"),
        takes=("takes", colours.FREE[1]),
        last=("last", ""),
    )
    found = colours.of_families()
    assert {family: found[family] for family in ("MDM", "first", "red", "takes", "last")} == {
        "MDM": "#0072B2",
        "first": colours.FREE[0],
        "red": "#FF0000",
        "takes": colours.FREE[1],
        "last": colours.FREE[2],
    }
    assert [*found][: len(colours.STATED)] == [*colours.STATED]


def test_a_family_without_a_colour_is_named_with_its_file(brought):
    brought(**{name: (name, "") for name in "abcdef"})
    with pytest.raises(ReversalError, match=r"train/objectives/f\.py: no colour is left for 'f'; state one, COLOUR = "):
        colours.of_families()


def test_one_family_has_one_colour(brought):
    brought(a=("one", "#AA0000"), b=("one", "#00AA00"))
    with pytest.raises(ReversalError, match=r"objectives/a\.py, .*/b\.py: 'one' has the colours #00AA00 and #AA0000"):
        colours.of_families()


def test_a_ramp_goes_from_light_to_dark():
    lightness = [palette.luminance(colour) for colour in palette.ramp(palette.family("MDM"), 6)]
    assert lightness == sorted(lightness, reverse=True)
    assert palette.ramp("#0072B2", 1) == ["#0072B2"]
