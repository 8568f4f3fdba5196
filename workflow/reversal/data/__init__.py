"""Entity pairs and the sentences that tell them. Needs no torch."""
