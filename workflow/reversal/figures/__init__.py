"""Publication figures and the tables of the same numbers."""
