"""How text is cut into tokens: one way a file.

Each has `SETTINGS` and `untrained(entities, settings, special, unknown)`: a tokenizer and what trains it. Whatever the
way, an entity is the same tokens wherever it stands, first in a text or last: otherwise `reverse` would ask for other
tokens than were told.
"""
