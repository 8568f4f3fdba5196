"""The one kind of error that is the user's to mend: a single line saying what is wrong and the way out."""


class ReversalError(Exception):
    """A wrong setting, table or file. The message is one line: where, key, value, way out."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))  # names and values come from files, and may hold line breaks
