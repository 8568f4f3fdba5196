"""What language models are trained for: one objective a file.

An objective says which tokens of a batch are asked, with which weights; how a token is asked is its model's to say.
`FAMILY` names the model family in tables and figures, `TRAINED` the queries that the gate looks at, `ATTENTION` the
attention that its model must have.
"""
