"""The one kind of error that the launcher shows to a person."""


class LauncherError(Exception):
    """Why the launcher cannot go on: a sentence that says what is wrong and what to do about it.

    It is printed as it stands, without a traceback, and the command exits 1.
    """
