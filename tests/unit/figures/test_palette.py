"""Families are told apart with any colour vision, and words in their colours can be read."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from reversal.figures import palette

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


def lab(colour, vision):
    """CIE L*a*b* of a colour as it is seen."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(np.asarray(vision) @ linear, 0, 1) / WHITE
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("vision", VISION)
def test_families_are_told_apart(vision):
    for one, other in itertools.combinations(palette.FAMILIES, 2):
        distance = np.linalg.norm(lab(palette.family(one), VISION[vision]) - lab(palette.family(other), VISION[vision]))
        assert distance > 12, f"{one} and {other}: {distance:.1f}"


def test_every_family_of_the_dictionary_has_a_colour():
    from reversal import tables

    assert set(tables.entry("accuracy")["columns"]["family"]["values"]) <= set(palette.FAMILIES)
    assert len(set(palette.FAMILIES.values())) == len(palette.FAMILIES)


@pytest.mark.parametrize("colour", [*palette.FAMILIES.values(), *palette.ramp(palette.family("bilinear"), 4)])
def test_words_in_a_colour_can_be_read(colour):
    assert 1.05 / (palette.luminance(palette.legible(colour)) + 0.05) >= palette.CONTRAST


def test_a_ramp_goes_from_light_to_dark():
    lightness = [palette.luminance(colour) for colour in palette.ramp(palette.family("MDM"), 6)]
    assert lightness == sorted(lightness, reverse=True)
    assert palette.ramp("#0072B2", 1) == ["#0072B2"]
