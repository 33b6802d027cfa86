"""What is said to whoever starts the program, and the errors that they can mend."""

import sys


class Plainly(Exception):
    """What happened and what to do next, shown by the command line as it stands, without a trace."""


def say(words: str) -> None:
    """Tells whoever started the program something, at once, even where the output goes to a file."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
