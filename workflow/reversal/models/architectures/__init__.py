"""Architectures: one a file, each an `Architecture` (see `models/model.py`)."""
