"""Training: all seeds of a block at once, nothing coupling them."""
