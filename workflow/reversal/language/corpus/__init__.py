"""Facts, and how they are told and asked for: the passages and questions of a run."""
