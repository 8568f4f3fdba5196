"""One query, p(A | B R [M]), of all pairs of one seed: evaluation asks at least four like it at every checkpoint."""

from bench.reference import cell, typical
from reversal.data import texts
from reversal.data.queries import frames, reverse
from reversal.data.query import form
from reversal.evaluate.answers import answer
from reversal.machines.devices import choose
from reversal.train.stage import model_of


def work(pairs: int | None = None, tokens: int = 0) -> dict[str, float]:
    """Seconds of all its measures, over the vocabulary and among the candidates, as many as there are pairs."""
    of, device = cell(pairs, tokens), choose(0, 1)
    drawn, model = [texts.of(of.data).draw(0, of.data)], model_of(of.settings)
    asked, parameters = form(of.settings["objective"], of.trained), model.initial([0])
    query = reverse(drawn, of.data, asked, frames(of.data)[0])
    return {"time": typical(lambda: answer(model, parameters, query, drawn, asked.masked, device))}
