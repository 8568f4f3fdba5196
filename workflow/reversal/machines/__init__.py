"""Where jobs run: the GPU that each takes, what jobs ask for, what a cluster offers, and what a run would miss.

No stage's results depend on it, so that no stage's `stage.py` imports it.
"""
