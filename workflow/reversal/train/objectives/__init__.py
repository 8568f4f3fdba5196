"""What is trained: one objective a file.

An objective turns sentences into a `Batch`: what the model reads, and at which places it is asked for
which token with which weight. `FAMILY` names the model family in tables and figures, `TRAINED` the
queries that it trains, `ATTENTION` the attention that it allows. One that reads tokens in an order of its own, the
asked one last, says `REORDERS = True`; its queries are then asked in such an order too.
"""
