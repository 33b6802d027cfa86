"""What differs between two versions of a contract, in sentences and in the words that are signed. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from bedside.contracts.model import ContractVersion
from bedside.contracts.sentences import Names, term_sentences
from bedside.contracts.views import Difference, DifferenceLine

# Matching takes as long as the pairs of lines that might match: 0.2 s at a thousand lines that all changed and repeat
# each other (no contract has them), and minutes at the 50,000 that would fit.
MOST_PAIRS = 1_000_000


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
    begin, end = _same_ends(before, after)
    old, new = before[begin : len(before) - end], after[begin : len(after) - end]
    made = _signed("kept", before[:begin])
    if len(old) * len(new) > MOST_PAIRS:
        made += _signed("removed", old) + _signed("added", new)
    else:
        for what, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
            if what == "equal":
                made += _signed("kept", old[a:b])
            else:
                made += _signed("removed", old[a:b]) + _signed("added", new[c:d])
    return made + _signed("kept", before[len(before) - end :])


def _same_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines at the beginning, and how many of the others at the end, are the same in both."""
    shortest = min(len(before), len(after))
    begin = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    left = shortest - begin
    return begin, next((n for n in range(left) if before[-1 - n] != after[-1 - n]), left)


def _signed(sign: Literal["kept", "added", "removed"], lines: Sequence[str]) -> list[DifferenceLine]:
    return [DifferenceLine(sign=sign, text=line) for line in lines]


def _paragraphs(words: str) -> list[str]:
    return [line.rstrip() for line in words.split("\n") if line.strip()]
