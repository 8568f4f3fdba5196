"""The words of a figure as a reader finds them on the page."""

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from reversal.figures import style


def drawn_words(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is really drawn, and its place on the page."""
    drawn = []
    draw = Text.draw

    def recorded(text, renderer, *args, **kwargs):
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        return draw(text, renderer, *args, **kwargs)

    with style.applied(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", recorded)
        figure.draw_without_rendering()
        return [(text.get_text(), Text.get_window_extent(text)) for text in drawn]
