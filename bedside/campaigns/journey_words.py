"""A journey told in words: what each step does, by what people come in, and when they leave. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bedside.campaigns.journey_model import Entry, Step
from bedside.campaigns.rules import WITHOUT_VALUE, Field, Rule
from bedside.message_templates import Channel

_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "email"}
_ASKS = {"opened": "opened", "clicked": "clicked a link in", "answered": "answered"}
_ENTRIES = {
    "visit_completed": "People come in after a completed visit",
    "registered": "People come in when they are registered",
    "birthday": "People come in on their birthday",
    "rule": "People come in as soon as the audience names them",
    "list_joined": "People come in when they join the list",
}
_OPERATORS = {
    "at_least": "is at least", "at_most": "is at most", "between": "is between", "is_one_of": "is one of",
    "is_none_of": "is none of", "within_days": "is within days:", "longer_ago_than_days": "is longer ago than days:",
    "contains": "contains", "before": "is before", "after": "is after", "is": "is",
}  # fmt: skip
_JOINS = {"all": " and ", "any": " or ", "none": " or "}
SHOWN = 60  # letters of a message


class Told(msgspec.Struct, frozen=True):
    """A step in words, and what follows on each of its ways: (“If so”, steps)."""

    step: str
    kind: str
    words: str
    ways: tuple[tuple[str, tuple["Told", ...]], ...] = ()
    template: str = ""  # the key of the one whose name is in the words


class Line(msgspec.Struct, frozen=True):
    """A line of the journey written down the page: a step, or (`step` empty) the name of a way; `depth` ways deep."""

    step: str
    kind: str
    words: str
    depth: int
    template: str = ""


def told(steps: Sequence[Step], *, channels: Sequence[Channel], templates: Mapping[str, str]) -> tuple[Told, ...]:
    """The steps in words. `channels`: the campaign's own; `templates`: key to name."""
    quoted = {step.id: _quoted(step, templates) for step in every(steps)}
    return tuple(_told(step, channels, quoted) for step in steps)


def _told(step: Step, channels: Sequence[Channel], quoted: Mapping[str, str]) -> Told:
    def all_of(steps: Sequence[Step]) -> tuple[Told, ...]:
        return tuple(_told(one, channels, quoted) for one in steps)

    match step.kind:
        case "send":
            joined = " and " if step.channel_choice == "every" else " or "
            names = [_CHANNELS[one] for one in step.channels or channels]
            by = joined.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
            return Told(step.id, "send", f"Send {quoted[step.id]} by {by}.", template=step.template_key or "")
        case "wait":
            return Told(step.id, "wait", _waits(step))
        case "if":
            ways = (("If so", all_of(step.yes)), ("If not", all_of(step.no)))
            return Told(step.id, "if", _asks(step, quoted), ways)
        case "split":
            return Told(
                step.id, "split", "Split by chance.", tuple((f"{one.share} %", all_of(one.steps)) for one in step.parts)
            )
        case "go_to":
            to = quoted.get(step.to or "", "a step that is not chosen yet")
            return Told(step.id, "go_to", f"Go back to {to}, {_number(step.times, 'time')} at most.")
        case _:
            return Told(step.id, "end", "It ends for them.")


def lines(told: Sequence[Told], depth: int = 0) -> Iterator[Line]:
    """The journey from top to bottom; a way on which nothing happens goes on with what follows."""
    for one in told:
        yield Line(one.step, one.kind, one.words, depth, one.template)
        for label, steps in one.ways:
            yield Line("", "way", label if steps else f"{label}, go on", depth + 1)
            yield from lines(steps, depth + 2)


def messages(steps: Sequence[Step], *, templates: Mapping[str, str]) -> dict[str, str]:
    """What each step that sends says, as short as a line of a table: “Time for your flu shot.”"""
    return {step.id: _quoted(step, templates) for step in every(steps) if step.kind == "send"}


def entering(entry: Entry | None, *, list_name: str = "") -> str:
    """Who comes in, and whether again."""
    if entry is None:
        return "Everybody of the audience comes in once, when it is launched."
    words = _ENTRIES[entry.on]
    if entry.on == "list_joined" and list_name:
        words = f"People come in when they join “{list_name}”, and leave with it"
    if entry.again == "always":
        return f"{words}, each time."
    return f"{words}, once." if entry.again == "never" else f"{words}, again after {_number(entry.again, 'day')}."


def rule_in_words(rule: Rule, fields: Mapping[str, Field]) -> str:
    """A rule as half a sentence: “next visit is there and age is at least 65”."""
    if rule.match is not None:
        inner = _JOINS[rule.match].join(
            f"({words})" if one.match is not None and len(one.rules) > 1 else words
            for one in rule.rules
            if (words := rule_in_words(one, fields))
        )
        return f"not ({inner})" if rule.match == "none" and inner else inner
    if rule.field is None:
        return ""
    field = fields.get(rule.field)
    label = (field.label if field else rule.field).lower()
    if rule.operator in WITHOUT_VALUE:
        return f"there is {'a' if rule.operator in ('ever', 'some') else 'no'} {label}"
    return f"{label} {_OPERATORS.get(rule.operator or '', rule.operator or '')} {_value(rule, field)}".strip()


def _value(rule: Rule, field: Field | None) -> str:
    if isinstance(rule.value, bool):
        return "so" if rule.value else "not so"
    if isinstance(rule.value, list):
        if field is not None and field.records:
            return f"{len(rule.value)} chosen"
        names = dict(field.choices) if field is not None else {}
        return (" and " if rule.operator == "between" else ", ").join(str(names.get(one, one)) for one in rule.value)
    return "" if rule.value is None else str(rule.value)


def every(steps: Sequence[Step]) -> Iterator[Step]:
    """Every step, whatever branch it is in."""
    for step in steps:
        yield step
        yield from every([*step.yes, *step.no, *(one for part in step.parts for one in part.steps)])


def _quoted(step: Step, templates: Mapping[str, str]) -> str:
    match step.kind:
        case "send" if step.template_key:
            return f"the template “{templates.get(step.template_key, step.template_key)}”"
        case "send":
            words = " ".join((step.message or "").split())
            if not words:
                return "a message without words yet"
            return f"“{words if len(words) <= SHOWN else words[: SHOWN - 1].rstrip() + '…'}”"
        case "wait":
            return "the wait"
        case "if":
            return "the question"
        case _:
            return f"the step {step.id}"


def _waits(step: Step) -> str:
    parts = [_number(step.days, "day")] if step.days else []
    parts += [_number(step.hours, "hour")] if step.hours else []
    until = f"until {step.at} by their own clock" if step.at else ""
    if not parts:
        return f"Wait {until}." if until else "Wait, but for nothing yet."
    return f"Wait {' and '.join(parts)}{f', then {until}' if until else ''}."


def _asks(step: Step, quoted: Mapping[str, str]) -> str:
    within = step.within_hours
    time = _number(within // 24, "day") if within % 24 == 0 else _number(within, "hour")
    what = quoted.get(step.of or "", "the message")
    if step.asks == "booked":
        after = f" after {what}" if step.of else ""
        return f"Have they booked a visit within {time}{after}?"
    if step.asks is None:
        return "A question that is not chosen yet."
    return f"Have they {_ASKS[step.asks]} {what} within {time}?"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
