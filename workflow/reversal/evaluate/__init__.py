"""What a trained model knows: queries, scores at the mask, gradients, weights, logits, at each checkpoint."""

TABLES = ("queries", "attention", "references", "gradients", "weights", "logits")
"""The tables of a block."""
