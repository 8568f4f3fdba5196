"""Where the words of a sentence stand: one layout a file.

A layout says at most how far positions reach, and which positions the tokens of a sentence take each time it is read.
"""

OFFERS = ["SETTINGS"]
LITERALS = {
    "RELATION": {"description": "Is a relation token written?", "type": "boolean"},
}
