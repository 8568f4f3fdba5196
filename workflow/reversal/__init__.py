"""Why autoregressive models suffer the reversal curse and masked diffusion models mostly escape it.

One subpackage a stage (`data`, `train`, `evaluate`, `statistics`, `figures`), the models they share
(`models`), and the few modules that hold the house together (`study`, `registry`, `tables`,
`code_digest`). `python -m reversal --help` lists what can be run by hand.
"""

__version__ = "0.1.0"
