"""Email addresses, read as people write them."""

import re

from bedside.kit.http.problems import Invalid
from bedside.kit.text import one_line

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[^@\s.\"(),:;<>\[\]\\]+(\.[^@\s.\"(),:;<>\[\]\\]+)+")


def parse_email(text: str, *, pointer: str = "/email") -> str:
    """The address, in lower case. Raises Invalid (422) where it cannot be one."""
    address = one_line(text, pointer=pointer, longest=254)
    if not _EMAIL.fullmatch(address):
        raise Invalid(
            f"“{address[:60]}” cannot be an email address.",
            pointer=pointer,
            next_step="Use one such as ana@example.org.",
        )
    return address.lower()
