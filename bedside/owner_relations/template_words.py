"""Whether a template can say something to an owner's people, tried before it is sent rather than found out after."""

from typing import Any

from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.phone import show_phone
from bedside.message_templates import Channel as TemplateChannel
from bedside.message_templates import Purpose, ReadyTemplate, Rendered, TemplateNotFound, ready_template
from bedside.owner_relations.delivering import Person, Words
from bedside.owner_relations.model import Channel
from bedside.owners import Owner

# Stands for a link while nobody has been given one.
_NO_LINK = "https://hospital.example/o/…"


async def check_template(tx: Tx, key: str, channels: list[Channel], *, pointer: str = "/templateKey") -> ReadyTemplate:
    """The template. Raises Invalid (422) where there is none with this key, it is for news, or it has no words for one
    of the channels."""
    try:
        found = await ready_template(tx, key)
    except TemplateNotFound:
        raise Invalid(
            f"There is no template “{key[:61]}” with words in it.",
            pointer=pointer,
            next_step="Look at the list of templates.",
        ) from None
    if found.purpose is Purpose.MARKETING:
        raise Invalid("This template is for news, which needs its reader's consent.", pointer=pointer)
    there = {TemplateChannel(channel) for channel, _ in found.versions}
    missing = [channel for channel in channels if TemplateChannel(channel) not in there]
    if missing:
        raise Invalid(
            f"The template “{key[:61]}” has no words for {', '.join(missing)}.",
            pointer=pointer,
            next_step="Write them in the library, or take the channel away.",
        )
    return found


async def check_words(
    tx: Tx, words: Words, channel: Channel, people: list[Person], *, whose: Owner, hospital_id: int | None
) -> list[Rendered]:
    """What each of these people would read. Raises Invalid (422) for a template that does not fit, and MissingVariable
    or TemplateFault (422) where it cannot be filled in."""
    template = await check_template(tx, str(words.template_key), [channel])
    place = await hospital(tx, hospital_id) if hospital_id else None
    known: dict[str, Any] = {
        "hospital": {
            "name": place.name if place else "",
            "phone": show_phone(place.phone) if place and place.phone else "",
            "address": place.address if place else "",
            "email": place.email if place else "",
        },
        "owner": {"name": whose.name},
        "links": {"own_page": _NO_LINK},
    }
    return [
        template.render(
            channel=channel,
            language=who.language,
            variables={**known, "recipient": {"name": who.name}, **words.variables},
        )
        for who in people
    ]
