"""The one kind of error that is the user's to mend: a single line saying what is wrong and the way out."""


class ReversalError(Exception):
    """A wrong setting, table or file. The message is one line: where, key, value, way out."""
