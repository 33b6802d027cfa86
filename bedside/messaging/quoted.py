"""What a mail says anew, apart from what it quotes: the thread shows the one, and folds the other."""

import re

# The line that mail programs write over what they quote, in the languages that we are answered in, or a rule of theirs.
_HEADED = re.compile(
    r"^(on .{4,120} wrote|el .{4,120} escribi[óo]|في .{4,120} كتب.{0,60}|-{2,} ?(original message|mensaje original).*"
    r"|from: .+|de: .+|_{10,})\s*:?\s*$",
    re.IGNORECASE,
)


def fold(body: str) -> tuple[str, str]:
    """What was written, and what was quoted under it. Pure; the two together are the body.

    A quotation that answers follow line by line is left where it is, since its answers mean nothing without it.
    """
    lines = body.splitlines()
    for at, line in enumerate(lines):
        rest = [one for one in lines[at:] if one.strip()]
        headed = _HEADED.match(line.strip()) is not None
        quotes = line.startswith(">") and all(one.startswith(">") for one in rest)
        if (headed or quotes) and any(one.strip() for one in lines[:at]):
            return "\n".join(lines[:at]).rstrip(), "\n".join(lines[at:]).strip()
    return body, ""
