"""What banks take in a name or a reference. Pure.

SEPA's characters are those of the Latin set of EPC217-08 ("SEPA Requirements for an Extended Character Set"): letters
without marks, digits, and / - ? : ( ) . , ' + and the blank. References neither begin nor
end with a slash.
"""

import re
import unicodedata

# what does not come apart into a letter and its marks
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "n", "Ŋ": "N",
        "&": "+", "_": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "`": "'", "´": "'", "“": "'", "”": "'", '"': "'",
        ";": ",", "[": "(", "]": ")", "{": "(", "}": ")", "@": "(at)", "€": "EUR", "№": "No",
    }
)  # fmt: skip
_FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")


def bank_text(text: str, *, longest: int) -> str:
    """The text in letters that banks take, cut to what fits. Empty where none of it can be written so: a name in
    another script has to be given in Latin letters by who knows it."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    if sum(sign.isalnum() for sign in _FOREIGN.sub("", plain)) * 2 < sum(sign.isalnum() for sign in plain):
        return ""
    return " ".join(_FOREIGN.sub(" ", plain).split())[:longest].strip()


def bank_reference(text: str, *, longest: int = 35) -> str:
    """A reference as SEPA has it. What is too long loses its beginning: our numbers count up at the end."""
    return re.sub(r"/{2,}", "/", bank_text(text, longest=len(text) * 4))[-longest:].strip("/ ")


def is_bic(text: str) -> bool:
    """Whether this can be a Business Identifier Code (ISO 9362), of 8 or 11 signs."""
    return _BIC.fullmatch(text) is not None
