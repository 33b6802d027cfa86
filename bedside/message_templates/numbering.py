"""Words in Liquid as WhatsApp takes them for approval: with numbered places and an example of what fills each."""

import re

from bedside.kit.http.problems import Invalid
from bedside.message_templates import liquid
from bedside.message_templates.approval_model import Numbered
from bedside.message_templates.model import MissingVariable
from bedside.message_templates.samples import sample_variables

LONGEST = 1024
_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_NEXT = "Leave it to notice_utility, which carries any words; or write the words so that they fit."


def numbered(body: str, *, language: str) -> Numbered:
    """The words with their variables as {{1}}, {{2}}; the same variable is the same place.

    Raises Invalid (422) for what no template at WhatsApp can be: conditions and loops, a variable at the beginning or
    end or beside another, more than 1024 characters.
    """
    text = body.strip()
    if "{%" in text:
        raise Invalid(
            "Conditions and loops cannot be approved: WhatsApp knows numbered places only.",
            pointer="/body",
            next_step=_NEXT,
        )
    places: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in places:
            places.append(found[1])
        return f"{{{{{places.index(found[1]) + 1}}}}}"

    made = _PLACE.sub(number, text)
    if made.startswith("{{") or made.endswith("}}"):
        raise Invalid("WhatsApp takes no words that begin or end with a variable.", pointer="/body", next_step=_NEXT)
    if re.search(r"\}\}\s*\{\{", made):
        raise Invalid("WhatsApp takes no two variables without words between.", pointer="/body", next_step=_NEXT)
    if len(made) > LONGEST:
        raise Invalid(
            f"WhatsApp takes at most {LONGEST} characters; these are {len(made)}.", pointer="/body", next_step=_NEXT
        )
    sources = tuple(f"{{{{ {place} }}}}" for place in places)
    return Numbered(body=made, variables=sources, examples=tuple(_example(one, language) for one in sources))


def _example(source: str, language: str) -> str:
    try:
        filled = " ".join(liquid.fill(source, sample_variables(language)).split())
    except MissingVariable:
        filled = ""
    return filled or "Example"
