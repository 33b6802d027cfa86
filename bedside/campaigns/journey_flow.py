"""Where each step of a campaign leads, and whether steps can be gone at all. Pure.

Steps are a tree, as people draw them; what is walked is where each leads. A branch leads on to what follows around it.
"""

from collections.abc import Iterator, Sequence

import msgspec

from bedside.campaigns.journey_model import DEEPEST, MOST_STEPS, Step
from bedside.kit.http.problems import Invalid

# what counts for each kind; anything else that is given is a mistake
_OF_KIND: dict[str, frozenset[str]] = {
    "send": frozenset({"channels", "channel_choice", "message", "template_key", "subject"}),
    "wait": frozenset({"days", "hours", "at"}),
    "if": frozenset({"asks", "of", "within_hours", "yes", "no"}),
    "split": frozenset({"parts"}),
    "go_to": frozenset({"to", "times"}),
    "end": frozenset(),
}
_NAMES: dict[str, str] = {
    "send": "message", "wait": "wait", "if": "question", "split": "split", "go_to": "step back", "end": "end",
}  # fmt: skip
_WIRE = dict(zip(Step.__struct_fields__, Step.__struct_encode_fields__, strict=True))


class Place(msgspec.Struct, frozen=True):
    """A step where it stands. `ways`: where it may lead; None is the end. A question: yes, no. A split: each part. A
    step back: where to, and what follows when it was gone often enough. The others: what follows."""

    step: Step
    pointer: str
    ways: tuple[str | None, ...]


def places(steps: Sequence[Step]) -> dict[str, Place]:
    """Every step by its id, in the order in which they are read. Raises Invalid (422) for two of one id, too many or
    too deep ones."""
    found: dict[str, Place] = {}
    for place in _places(steps, "/steps", None, depth=1):
        if place.step.id in found:
            raise Invalid(
                f"Two steps are called “{place.step.id}”.", pointer=f"{place.pointer}/id", next_step="Rename one."
            )
        found[place.step.id] = place
        if len(found) > MOST_STEPS:
            raise Invalid(f"There are {MOST_STEPS} steps at most.", pointer="/steps", next_step="Leave some out.")
    return found


def _places(steps: Sequence[Step], pointer: str, then: str | None, depth: int) -> Iterator[Place]:
    if depth > DEEPEST:
        raise Invalid(f"Branches go {DEEPEST} deep at most.", pointer=pointer)
    for n, step in enumerate(steps):
        after = steps[n + 1].id if n + 1 < len(steps) else then
        at = f"{pointer}/{n}"
        branches: list[tuple[str, list[Step]]] = []
        match step.kind:
            case "if":
                branches = [(f"{at}/yes", step.yes), (f"{at}/no", step.no)]
                ways: tuple[str | None, ...] = tuple(_first(those, after) for _, those in branches)
            case "split":
                branches = [(f"{at}/parts/{k}/steps", part.steps) for k, part in enumerate(step.parts)]
                ways = tuple(_first(those, after) for _, those in branches)
            case "go_to":
                ways = (step.to, after)
            case "end":
                ways = (None,)
            case _:
                ways = (after,)
        yield Place(step, at, ways)
        for name, those in branches:
            yield from _places(those, name, after, depth + 1)


def _first(steps: Sequence[Step], after: str | None) -> str | None:
    return steps[0].id if steps else after


def check_steps(steps: Sequence[Step], *, owners: bool) -> dict[str, Place]:
    """Raises Invalid (422), with a pointer, at the first thing that cannot be gone: unknown steps, shares that do not
    add up, a loop without a wait, branches that do nothing, messages that say nothing, steps that nobody comes to."""
    found = places(steps)
    sent = False
    for place in found.values():
        _check(place, found, sent=sent, owners=owners)
        sent = sent or place.step.kind == "send"
    if steps and not sent:
        raise Invalid("No step sends anything.", pointer="/steps", next_step="Add a message.")
    _check_reached(steps, found)
    _check_loops(found)
    return found


def _check(place: Place, known: dict[str, Place], *, sent: bool, owners: bool) -> None:
    step, at = place.step, place.pointer
    for name, default in zip(Step.__struct_fields__[2:], Step.__struct_defaults__, strict=True):
        value = getattr(step, name)
        empty = value in (None, "", [], 0) or value == default
        if name not in _OF_KIND[step.kind] and not empty:
            raise Invalid(
                f"A {_NAMES[step.kind]} has no {_WIRE[name]}.", pointer=f"{at}/{_WIRE[name]}", next_step="Leave it out."
            )
    match step.kind:
        case "send":
            _check_send(step, at)
        case "wait":
            if not step.days and not step.hours and step.at is None:
                raise Invalid("This waits for nothing.", pointer=f"{at}/days", next_step="Say how long.")
        case "if":
            _check_if(step, at, known, sent=sent, owners=owners)
        case "split":
            _check_split(step, at)
        case "go_to":
            if step.to is None or step.to not in known:
                raise Invalid(_no_step(step.to), pointer=f"{at}/to", next_step="Name a step of this campaign.")
        case _:
            pass


def _check_send(step: Step, at: str) -> None:
    for name in ("message", "subject", "template_key"):
        if "\0" in (getattr(step, name) or ""):
            raise Invalid("There is a sign in it that cannot be sent.", pointer=f"{at}/{_WIRE[name]}")
    if not (step.message or "").strip() and step.template_key is None:
        raise Invalid("This says nothing.", pointer=f"{at}/message", next_step="Write the words, or choose a template.")
    if (step.message or "").strip() and step.template_key is not None:
        raise Invalid("It says either a message or a template, not both.", pointer=f"{at}/templateKey")


def _check_if(step: Step, at: str, known: dict[str, Place], *, sent: bool, owners: bool) -> None:
    if step.asks is None:
        raise Invalid("Say what is asked.", pointer=f"{at}/asks", next_step="opened, clicked, answered or booked.")
    if step.asks == "booked" and owners:
        raise Invalid("Owners book no visits.", pointer=f"{at}/asks", next_step="Ask something else.")
    if step.of is not None and step.of not in known:
        raise Invalid(_no_step(step.of), pointer=f"{at}/of", next_step="Name a step that sends a message.")
    if step.of is not None and known[step.of].step.kind != "send":
        raise Invalid(f"The step “{step.of}” sends nothing.", pointer=f"{at}/of", next_step="Name one that does.")
    if not sent:
        raise Invalid("No message comes before this question.", pointer=f"{at}/of", next_step="Send one before it.")
    if not step.yes and not step.no:
        raise Invalid("Nothing depends on this.", pointer=f"{at}/yes", next_step="Add steps to yes or to no.")


def _check_split(step: Step, at: str) -> None:
    if len(step.parts) < 2:
        raise Invalid("A split has two to five parts.", pointer=f"{at}/parts")
    if (total := sum(part.share for part in step.parts)) != 100:
        raise Invalid(f"The shares add up to {total}, not to 100.", pointer=f"{at}/parts")
    if not any(part.steps for part in step.parts):
        raise Invalid("The parts of this split are all empty.", pointer=f"{at}/parts/0/steps")


def _check_reached(steps: Sequence[Step], known: dict[str, Place]) -> None:
    reached: set[str] = set()
    ahead = [steps[0].id] if steps else []
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead.extend(way for way in known[here].ways if way is not None)
    for place in known.values():
        if place.step.id not in reached:
            raise Invalid("Nobody comes to this step.", pointer=place.pointer, next_step="Move it before the end.")


def _check_loops(known: dict[str, Place]) -> None:
    """Every way round passes a wait: what is left without the waits leads nowhere back."""
    done: set[str] = set()

    def look(here: str, path: tuple[str, ...]) -> None:
        if here in path:
            back = next(known[one] for one in path[path.index(here) :] if known[one].step.kind == "go_to")
            raise Invalid(
                "This goes round without a wait.", pointer=f"{back.pointer}/to", next_step="Put a wait into the loop."
            )
        if here in done or known[here].step.kind == "wait":
            return
        for way in known[here].ways:
            if way is not None:
                look(way, (*path, here))
        done.add(here)

    for one in known:
        look(one, ())


def _no_step(name: str | None) -> str:
    return "Say where this goes." if name is None else f"There is no step “{name}”."
