"""Language models trained here on the passages of a corpus."""
