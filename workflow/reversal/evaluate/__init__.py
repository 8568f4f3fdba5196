"""What a trained model knows: queries, scores at the mask, gradients, weights, at each checkpoint."""
