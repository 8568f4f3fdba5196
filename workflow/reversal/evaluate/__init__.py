"""What a trained model knows: queries, scores at the mask, gradients, weights, at each checkpoint."""

TABLES = ("queries", "attention", "references", "gradients", "weights")
"""The tables of a block."""
