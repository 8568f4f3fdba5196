"""Where the words of a sentence stand: one layout a file.

A layout says whether a relation token is written (`RELATION`), at most how far positions reach, and
which positions the tokens of a sentence take each time it is read.
"""
