"""One figure a file: which statistics it reads (`READS`), what it draws, and the table of the same numbers."""
