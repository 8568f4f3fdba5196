"""Three ways to train the same model on the same sentences: stacked as the workflow does, one by one in plain PyTorch, and
Hugging Face's GPT-2 in its usual loop. Each is a `Loop` over the same `Work`.
"""
