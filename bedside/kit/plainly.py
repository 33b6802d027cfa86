"""Errors that whoever starts the program can mend."""


class Plainly(Exception):
    """What happened and what to do next, shown by the command line as it stands, without a trace."""
