"""Lists that people join and leave by a link: a code proves the phone or mailbox. Opening a link changes nothing."""

import hmac
from datetime import timedelta

from bedside.accounts import SignedIn, audit
from bedside.campaigns import lists, store_links, store_lists, store_words, words
from bedside.campaigns.events import AudienceChanged
from bedside.campaigns.link_model import Asking, JoinLinkUnknown, ListLink, NoListLink, OpenList, Outcome
from bedside.campaigns.store_links import OnList
from bedside.event_log import SYSTEM, record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.phone import parse_phone
from bedside.kit.sealing import SealBroken, seal, unseal
from bedside.kit.tokens import hashed, new_code, new_token
from bedside.message_templates import Channel
from bedside.messaging import PersonRef, ask_for_news, enqueue
from bedside.patient_access import CODE_ATTEMPTS, CODE_LIFETIME, TooOften, code_hash

HOUR = timedelta(hours=1)
CODES_PER_ADDRESS, CODES_PER_PLACE = 5, 30  # an hour

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links carry, without a slash at its end. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


async def link_of(tx: Tx, *, list_id: int, user: SignedIn) -> ListLink:
    """The link of a list. Raises NoSuchAudience, NoSuchList, NoListLink (404), Forbidden (403)."""
    found = await lists.the_list(tx, list_id=list_id, user=user)
    kept = await store_links.link(tx, list_id=found.id)
    if kept is None:
        raise NoListLink("This list has no link.", next_step="Make one.")
    try:
        url = f"{_public_url}/join/{unseal(kept.sealed, context=_context(found.id))}"
    except SealBroken:
        url = None
    return ListLink(url=url, made_by_name=kept.made_by_name, made_at=kept.made_at)


async def make_link(tx: Tx, *, list_id: int, user: SignedIn) -> ListLink:
    """Gives a list a link; the one that it had leads nowhere from now on.

    Raises NoSuchAudience (404), NotAList (409), Forbidden (403)."""
    found = await lists.the_list(tx, list_id=list_id, user=user, change=True)
    await store_links.withdraw(tx, list_id=found.id)
    token = new_token()
    sealed = seal(token, context=_context(found.id))
    await store_links.insert_link(tx, list_id=found.id, token_hash=hashed(token), sealed=sealed, by=user.name)
    await _tell(tx, found.id, found.hospital_id, user, "link_made")
    return await link_of(tx, list_id=found.id, user=user)


async def withdraw_link(tx: Tx, *, list_id: int, user: SignedIn) -> None:
    """Takes a list's link back: who opens it is told that it leads nowhere. Raises NoListLink (404) and as above."""
    found = await lists.the_list(tx, list_id=list_id, user=user, change=True)
    if not await store_links.withdraw(tx, list_id=found.id):
        raise NoListLink("This list has no link.", next_step="Load the list again.")
    await _tell(tx, found.id, found.hospital_id, user, "link_withdrawn")


async def _tell(tx: Tx, list_id: int, hospital_id: int | None, user: SignedIn, what: str) -> None:
    await audit(tx, actor=user, action=f"list.{what}", subject="audience", subject_id=list_id)
    await record(tx, AudienceChanged(audience_id=list_id, what="link", hospital_id=hospital_id), actor=user)


def _context(list_id: int) -> str:
    return f"list link {list_id}"


async def open_link(tx: Tx, token: str) -> OpenList:
    """The list that a link leads to. Changes nothing. Raises JoinLinkUnknown (404)."""
    found = await store_links.opened(tx, token_hash=hashed(token))
    if found is None:
        raise JoinLinkUnknown("This link leads nowhere.", next_step="Ask for a new one, or call us.")
    return found


async def send_code(
    tx: Tx, *, link: OpenList, contact: str, country: str | None, words: str, language: str, asked_from: str | None
) -> tuple[str, str]:
    """Sends a code to a phone or mailbox, whether or not we know it; gives the ticket that comes back with the code,
    and the address. `words`: what they read and agreed to. Raises Invalid (422) at /contact, TooOften (429)."""
    by_mail = "@" in contact
    address = (
        parse_email(contact, pointer="/contact")
        if by_mail
        else parse_phone(contact[:40], region=country, pointer="/contact")
    )
    to_address, from_place = await store_links.codes_since(
        tx, since=tx.now - HOUR, address=address, asked_from=asked_from
    )
    if to_address >= CODES_PER_ADDRESS or from_place >= CODES_PER_PLACE:
        raise TooOften(
            "Too many codes were asked for.", next_step="Try again in an hour, or call us.",
            headers={"Retry-After": "3600"},
        )  # fmt: skip
    ticket, code = new_token(), new_code()
    channel = Channel.EMAIL if by_mail else Channel.SMS
    kept = await store_links.insert_code(
        tx, link_id=link.link_id, ticket_hash=hashed(ticket), channel=channel, address=address,
        code_hash=code_hash(ticket, code), language=language, words=words, asked_from=asked_from,
    )  # fmt: skip
    # Refused or not, the page says the same: nobody learns here who is our patient, or has stopped our messages.
    await enqueue(
        tx,
        key=f"list-code:{kept}",
        to=address,
        channel=channel,
        purpose="transactional",
        template_key="list_code",
        variables={"code": code, "minutes": CODE_LIFETIME // timedelta(minutes=1), "list": {"name": link.name}},
        language=language,
        hospital_id=link.hospital_id,
        priority=0,
        sensitive=True,
        urgent=True,
        actor=SYSTEM,
    )
    return ticket, address


async def asked_by(tx: Tx, *, link: OpenList, ticket: str) -> Asking | None:
    """Who was sent the code that comes back with this ticket."""
    return await store_links.asking(tx, link_id=link.link_id, ticket_hash=hashed(ticket))


async def try_code(tx: Tx, *, link: OpenList, ticket: str, code: str, join: bool) -> Outcome:
    """Judges a code, and where it is right joins or leaves the list. A wrong one is counted, so this never raises."""
    asking = await asked_by(tx, link=link, ticket=ticket)
    if asking is None or asking.used_at is not None or tx.now > asking.sent_at + CODE_LIFETIME:
        return Outcome(did="expired")
    if asking.attempts >= CODE_ATTEMPTS:
        return Outcome(did="used_up")
    if not hmac.compare_digest(asking.code_hash, code_hash(ticket, "".join(code.split())[:12])):
        await store_links.count_attempt(tx, code_id=asking.id)
        left = CODE_ATTEMPTS - asking.attempts - 1
        return Outcome(did="wrong" if left else "used_up", left=left)
    await store_links.use(tx, code_id=asking.id)
    holders = await store_words.holders(tx, address=asking.address, whose=link.whose)
    if not join:
        gone = [await words.take_off(tx, link.list_id, link.hospital_id, one, how="link") for one in holders]
        return Outcome(did="left" if any(gone) else "not_on")
    who = words.whose_word(holders, conversation_with=None)
    if who is None:
        return Outcome(did="several" if holders else "nobody")
    within = None if link.hospital_id is None else [link.hospital_id]
    if not await store_lists.here(tx, ids=[who.id], whose=link.whose, within=within):
        return Outcome(did="nobody")
    on_it = bool(await store_lists.on_it(tx, list_id=link.list_id, ids=[who.id]))
    asked = await ask_for_news(
        tx, person=PersonRef(kind=who.kind, id=who.id), channel=Channel(asking.channel), address=asking.address,
        how="list's link", words=asking.words, afresh=not on_it,
    )  # fmt: skip
    if not asked:
        return Outcome(did="stopped")
    await words.put_on(tx, link.list_id, link.hospital_id, who, how="link")
    return Outcome(did="already" if on_it else "joined")


async def lists_of(tx: Tx, person: PersonRef) -> list[tuple[int, str]]:
    """The lists that somebody is on, for the page behind the links of their messages: id and name."""
    return [(one.id, one.name) for one in await _on(tx, person)]


async def leave(tx: Tx, person: PersonRef, list_id: int) -> None:
    """Takes somebody off a list by such a page; nothing where they are not on it."""
    on_it = next((one for one in await _on(tx, person) if one.id == list_id), None)
    who = await store_words.holder(tx, kind=person.kind, person_id=person.id)
    if on_it is not None and who is not None:
        await words.take_off(tx, on_it.id, on_it.hospital_id, who, how="link")


async def _on(tx: Tx, person: PersonRef) -> list[OnList]:
    return await store_links.lists_of(tx, whose="owners" if person.kind == "owner" else "patients", person_id=person.id)
