"""Position encodings: one a file, each an `Encoding` (see `models/position.py`)."""
