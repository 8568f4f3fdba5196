"""Errors that are the user's to mend: a single line saying what is wrong and the way out."""

import os


class ReversalError(Exception):
    """A wrong setting, table or file. The message is one line: where, key, value, way out."""

    status = 1
    """What the command exits with."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))  # names and values come from files, and may hold line breaks


class Stopped(ReversalError):  # noqa: N818 - nothing is wrong
    """A job that was asked to stop before its end, and goes on when it is run again."""

    status = os.EX_TEMPFAIL
    """75: told from a mistake, which no second attempt mends."""
