"""What a language model knows, trained here or published: its answers, scores and gradients."""
