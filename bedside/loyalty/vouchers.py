"""Codes that people read out, type in and scan: on vouchers, and those by which somebody brings a friend. Pure.

The twenty signs are those of Open Location Code: no two look alike, and no code spells a word. Eight of them make
25,600,000,000 codes; who guesses at one of 10,000 open vouchers needs two million tries, each of them signed in.
"""

import re
import secrets

ALPHABET = "23456789CFGHJMPQRVWX"
LENGTH = 8
CODE = re.compile(f"^[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}$")
# what is written instead of signs that are not among the twenty
_MEANT = str.maketrans({"Z": "2", "S": "5", "B": "8"})


def new_code() -> str:
    """A fresh code, `XXXX-XXXX`."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def read_code(text: str) -> str | None:
    """The code that somebody typed: small letters, blanks, other dashes and digits of any script do not matter.

    None for what cannot be one.
    """
    signs = "".join(_sign(sign) for sign in text[:60] if not (sign.isspace() or sign in "-‐‑‒–—_."))
    made = _grouped(signs.upper().translate(_MEANT))
    return made if CODE.match(made) else None


def _sign(sign: str) -> str:
    return str(int(sign)) if sign.isdecimal() else sign


def _grouped(signs: str) -> str:
    return f"{signs[:4]}-{signs[4:]}"
