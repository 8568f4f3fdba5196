"""Rows of a training as tables."""

import numpy as np
import pandas as pd

from reversal.train.history import Moment, timing


def test_seconds_are_a_seed_s_share_of_its_own_chunk():
    """Two chunks, of three seeds and of one, six seconds each; both queries of a row are asked within its time."""

    def asked(query: str, step: int, seconds: float, seeds: int) -> Moment:
        nothing = np.zeros(seeds)
        return Moment(step, query, nothing, nothing, nothing, nothing.astype(bool), 0.1, seconds)

    moments = [
        ((4, 2, 3), asked("source", 0, 1.0, 3)),
        ((4, 2, 3), asked("target", 0, 1.5, 3)),
        ((4, 2, 3), asked("source", 10, 6.0, 3)),
        ((1,), asked("source", 0, 1.0, 1)),
        ((1,), asked("source", 10, 6.0, 1)),
    ]
    told = pd.DataFrame(timing(moments)).set_index(["seed", "step"])["seconds"]
    assert told.to_dict() == {(1, 0): 1.0, (1, 10): 6.0} | {
        (seed, step): seconds for seed in (2, 3, 4) for step, seconds in ((0, 0.5), (10, 2.0))
    }
