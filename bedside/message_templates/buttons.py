"""What a WhatsApp message has besides its words: buttons to press below them, a header above. Pure."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire

# what WhatsApp takes of reply buttons
MOST, LONGEST_TITLE, LONGEST_ID = 3, 20, 256


class ReplyButton(Wire, kw_only=True):
    """A button below a message. A press comes back as `id`, as though the person had written it: `C` confirms."""

    id: Annotated[str, Meta(max_length=1000, examples=["C"])]
    title: Annotated[str, Meta(max_length=1000, examples=["Confirm"])]


class WhatsAppHeader(Wire, kw_only=True):
    """What fills the header of an approved template: its one variable (`text`), or the address of a file, in Liquid.
    A header without a variable is the template's own and not named here."""

    kind: Literal["text", "image", "document"]
    value: Annotated[str, Meta(min_length=1, max_length=2000)]


def check_buttons(buttons: Sequence[ReplyButton], *, pointer: str) -> None:
    """Raises Invalid (422), naming the button at fault, for more than WhatsApp takes, or two that cannot be told
    apart."""
    if len(buttons) > MOST:
        raise Invalid(
            f"WhatsApp shows {MOST} buttons below a message, and these are {len(buttons)}.",
            pointer=f"{pointer}/{MOST}",
            next_step="Leave the others out: everything can be answered in words too.",
        )
    ids: set[str] = set()
    titles: set[str] = set()
    for place, button in enumerate(buttons):
        at = f"{pointer}/{place}"
        if not button.title.strip() or len(button.title) > LONGEST_TITLE or not button.title.isprintable():
            raise Invalid(
                f"A button's title has 1 to {LONGEST_TITLE} characters on one line.", pointer=f"{at}/title",
                next_step="Say it shorter: “Confirm”, “Another time”.",
            )  # fmt: skip
        if not button.id.strip() or len(button.id) > LONGEST_ID or not button.id.isprintable():
            raise Invalid(f"A button's id has 1 to {LONGEST_ID} characters.", pointer=f"{at}/id")
        if button.id in ids:
            raise Invalid(
                f"Two buttons have the id “{button.id[:40]}”: nobody could tell which was pressed.", pointer=f"{at}/id"
            )
        if button.title.casefold() in titles:
            raise Invalid(f"Two buttons are called “{button.title}”.", pointer=f"{at}/title")
        ids.add(button.id)
        titles.add(button.title.casefold())
