"""What is trained: one objective a file.

An objective turns sentences into a `Batch`: what the model reads, and at which places it is asked for
which token with which weight. `FAMILY` names the model family in tables and figures, `TRAINED` the
queries that it trains, `ATTENTION` the attention that it allows.
"""
