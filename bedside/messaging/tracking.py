"""Which links of our mail were followed, and whether it was opened. The links are signed and kept nowhere: where one
leads stands inside the signature, so nobody can make one that leads elsewhere.

Only mail, only what asks for it: news, and templates where staff switched it on; never what is clinical, what carries a
code, or a link that is for its reader alone.
"""

import html
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.sealing import can_sign, signed, signed_text
from bedside.message_templates import Channel, Purpose, TemplateNotFound
from bedside.messaging import by_hand, store_tracking
from bedside.messaging.links import address_of
from bedside.messaging.machines import BURST, machine
from bedside.messaging.model import Message
from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.tracking_model import MessageTracking, TemplateTracking

_LINK, _OPEN = "tracked link", "opened mail"
LONGEST = 2000
# more of one than this says nothing more; what hammers an address fills no table
MOST_KEPT = 50
_HREF = re.compile(r'(<a\b[^>]*?\bhref=")([^"]*)(")', re.IGNORECASE)
_WRITTEN = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_PLAIN, _BETWEEN = re.compile(r"[A-Za-z0-9:/?&=._~-]+"), re.compile(r"[/?&=]")
_OF_ONE_ALONE = re.compile(r"[A-Za-z0-9_~-]{16,}")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a tracked link says."""

    message_id: int
    position: int
    url: str


async def who_is_tracked(tx: Tx, messages: Iterable[Message]) -> set[int]:
    """Those of the messages whose links and opens are counted."""
    mail = [m for m in messages if m.channel is Channel.EMAIL and not m.sensitive]
    if not mail or not can_sign() or address_of("") is None:
        return set()
    switches = await store_tracking.switches(tx, keys=list({m.template_key for m in mail if m.template_key}))
    return {m.id for m in mail if _is_tracked(m, switches)}


def _is_tracked(message: Message, switches: Mapping[str, store_tracking.Switch]) -> bool:
    switch = switches.get(message.template_key or "")
    if switch is None:
        return message.purpose is Purpose.MARKETING
    if switch.clinical:
        return False
    return switch.tracks if switch.tracks is not None else message.purpose is Purpose.MARKETING


def tracked(outgoing: Outgoing) -> Outgoing:
    """The mail with its links leading by us, the same in both its forms, and a picture that says it was opened. What
    is kept of the message are its own words."""
    positions = 0
    known: dict[str, str] = {}
    ours = address_of("/") or ""

    def by_us(url: str) -> str:
        nonlocal positions
        if url not in known:
            known[url] = url
            if _may_be_tracked(url, ours):
                positions += 1
                known[url] = link(message_id=outgoing.message_id, position=positions, url=url)
        return known[url]

    def in_tag(found: re.Match[str]) -> str:
        return found[1] + html.escape(by_us(html.unescape(found[2]).strip())) + found[3]

    page = outgoing.html
    if page is not None:
        page = _HREF.sub(in_tag, page)
        pixel = f'<img src="{html.escape(pixel_url(outgoing.message_id))}" alt="" width="1" height="1">'
        before, end, after = page.rpartition("</body>")
        page = f"{before}{pixel}{end}{after}" if end else page + pixel
    text = _WRITTEN.sub(lambda found: by_us(found[0]), outgoing.body)
    return msgspec.structs.replace(outgoing, html=page, body=text)


def links_in(text: str) -> list[str]:
    """The addresses that stand in a text, in order."""
    return _WRITTEN.findall(text)


def _may_be_tracked(url: str, public_url: str) -> bool:
    if len(url) <= LONGEST and url.startswith(public_url) and _PLAIN.fullmatch(url):
        # most are ours, and another for everybody: looked at without taking them apart, and rather refused than not
        return not any(_is_of_one_alone(word) for word in _BETWEEN.split(url[len(public_url) :]))
    return _may_lead_by_us(url, public_url)


@lru_cache(maxsize=1024)
def _may_lead_by_us(url: str, public_url: str) -> bool:
    if not url.lower().startswith(("http://", "https://")) or len(url) > LONGEST or url.split() != [url]:
        return False
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    ours = urlsplit(public_url)
    if (parts.hostname, parts.port) != (ours.hostname, ours.port):
        return True
    # a link of ours that is for its reader alone must not be kept where staff read it
    words = [*parts.path.split("/"), *(value for _, value in given)]
    return not any(_is_of_one_alone(word) for word in words)


def _is_of_one_alone(word: str) -> bool:
    return _OF_ONE_ALONE.fullmatch(word) is not None and ("-" not in word or word != word.lower())


def link(*, message_id: int, position: int, url: str) -> str:
    """The address that counts, and leads on."""
    return address_of(f"/t/{signed(f'{message_id} {position} {url}', context=_LINK)}") or url


def pixel_url(message_id: int) -> str:
    """The address of the picture that is fetched when a mail is opened."""
    return address_of(f"/t/{signed(str(message_id), context=_OPEN)}/open.gif") or ""


def read_link(token: str) -> Target | None:
    """Where a link leads; None for one that is not ours."""
    text = signed_text(token, context=_LINK)
    if text is None:
        return None
    message_id, position, url = text.split(" ", 2)
    return Target(message_id=int(message_id), position=int(position), url=url)


def read_pixel(token: str) -> int | None:
    """The message whose picture it is; None for one that is not ours."""
    text = signed_text(token, context=_OPEN)
    return None if text is None else int(text)


async def note_click(tx: Tx, target: Target, *, method: str, headers: Mapping[str, str]) -> None:
    """Counts that a link was followed, by whom as far as one can tell."""
    message = await store_tracking.hold(tx, message_id=target.message_id)
    if message is None:
        return
    why = machine(method=method, headers=headers, at=tx.now, arrived_at=message.arrived_at)
    link_id = await store_tracking.link_id(tx, message_id=target.message_id, position=target.position, url=target.url)
    burst = await store_tracking.mark_burst(tx, message_id=target.message_id, but=link_id, since=tx.now - BURST)
    await store_tracking.insert_click(tx, link_id=link_id, machine=why or ("burst" if burst else ""), most=MOST_KEPT)


async def note_open(tx: Tx, message_id: int, *, method: str, headers: Mapping[str, str]) -> None:
    """Counts that a mail's picture was fetched, by whom as far as one can tell."""
    message = await store_tracking.hold(tx, message_id=message_id)
    if message is not None:
        why = machine(method=method, headers=headers, at=tx.now, arrived_at=message.arrived_at)
        await store_tracking.insert_open(tx, message_id=message_id, machine=why, most=MOST_KEPT)


async def message_tracking(tx: Tx, *, message_id: int, user: SignedIn) -> MessageTracking:
    """What is known of a message's links and opens. Raises MessageNotFound (404), for another hospital's too."""
    await by_hand.message(tx, message_id=message_id, user=user)
    return MessageTracking(
        opens=await store_tracking.opens(tx, message_id=message_id),
        links=await store_tracking.links(tx, message_id=message_id),
    )


async def template_tracking(tx: Tx, *, template_id: int) -> TemplateTracking:
    """Whether a template's mail is tracked. Raises TemplateNotFound (404)."""
    found = await store_tracking.template(tx, template_id=template_id)
    if found is None:
        raise TemplateNotFound("There is no such template.", next_step="Look at the library again.")
    tracked_now = not found.clinical and (found.purpose == "marketing" if found.tracks is None else found.tracks)
    return TemplateTracking(tracks=found.tracks, tracked=tracked_now, clinical=found.clinical)


async def set_template_tracking(tx: Tx, *, template_id: int, tracks: bool | None, user: SignedIn) -> TemplateTracking:
    """Switches it on or off, or (None) back to what its purpose says. Raises TemplateNotFound (404), Invalid (422) for
    one that may carry clinical detail."""
    before = await template_tracking(tx, template_id=template_id)
    if tracks and before.clinical:
        raise Invalid("What may carry clinical detail is never tracked.", pointer="/tracks")
    await store_tracking.set_tracks(tx, template_id=template_id, tracks=tracks)
    await audit(
        tx, actor=user, action="template.tracking_changed", subject="template", subject_id=template_id,
        before={"tracks": before.tracks}, after={"tracks": tracks},
    )  # fmt: skip
    return await template_tracking(tx, template_id=template_id)
