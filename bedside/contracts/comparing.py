"""What differs between two versions of a contract, in sentences and in the words that are signed. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from bedside.contracts.model import ContractVersion
from bedside.contracts.sentences import Names, term_sentences
from bedside.contracts.views import Difference, DifferenceLine


def difference(before: ContractVersion, after: ContractVersion, names: Names, *, currency: str) -> Difference:
    """What `after` adds to `before` and takes away from it, in the order in which one reads it."""
    terms = lines_between(
        term_sentences(before.terms, names, currency=currency), term_sentences(after.terms, names, currency=currency)
    )
    words = lines_between(_paragraphs(before.words), _paragraphs(after.words))
    return Difference(
        from_number=before.number,
        to_number=after.number,
        terms=terms,
        words=words,
        changed=any(line.sign != "kept" for line in [*terms, *words]),
    )


def lines_between(before: Sequence[str], after: Sequence[str]) -> list[DifferenceLine]:
    """Both texts at once, each line with its sign: leaving out what was added gives the first, and the reverse."""
    made: list[DifferenceLine] = []
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            made += [DifferenceLine(sign="kept", text=line) for line in before[a:b]]
        else:
            made += [DifferenceLine(sign="removed", text=line) for line in before[a:b]]
            made += [DifferenceLine(sign="added", text=line) for line in after[c:d]]
    return made


def _paragraphs(words: str) -> list[str]:
    return [line.rstrip() for line in words.split("\n") if line.strip()]
