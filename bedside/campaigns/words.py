"""Lists that people join and leave by a word that they text: choosing the words, and doing what a message asks.

Whose word it is where a family shares a phone: docs/decisions/0028-a-word-is-one-persons.md.
"""

from datetime import date

from bedside.accounts import SignedIn, audit
from bedside.campaigns import lists, store_lists, store_words
from bedside.campaigns.audience_model import Audience
from bedside.campaigns.events import AudienceChanged
from bedside.campaigns.store_words import Heard, Holder
from bedside.campaigns.word_model import Kept, ListWord, ListWords, WordTaken, checked, how_to_leave, meant
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.message_templates import Channel
from bedside.messaging import InboundMessageReceived, PersonRef, ask_for_news, enqueue, mark_acted


async def words_of(tx: Tx, *, list_id: int, user: SignedIn) -> ListWords:
    """The words of a list. Raises NoSuchAudience, NoSuchList (404), Forbidden (403)."""
    found = await lists.the_list(tx, list_id=list_id, user=user)
    return as_given(await store_words.words(tx, list_id=found.id))


async def kept_of(tx: Tx, *, list_id: int) -> list[Kept]:
    """The words of a list as they are heard."""
    return await store_words.words(tx, list_id=list_id)


def as_given(kept: list[Kept]) -> ListWords:
    """Words as they are given and shown."""
    by: dict[str, list[ListWord]] = {"join": [], "leave": []}
    for one in kept:
        by[one.does].append(ListWord(word=one.word, language=one.language))
    return ListWords(joins=by["join"], leaves=by["leave"])


async def choose(tx: Tx, *, list_id: int, words: ListWords, user: SignedIn) -> ListWords:
    """Gives a list these words in place of those it had; none of them: it is joined by no word.

    Raises NoSuchAudience (404), NotAList (409), Forbidden (403), Invalid (422) for a word that cannot be one, WordTaken
    (409) where another list in use has it."""
    found = await lists.the_list(tx, list_id=list_id, user=user, change=True)
    kept = checked(words)
    await check_free(tx, found, kept)
    before = as_given(await store_words.words(tx, list_id=found.id))
    made = await store_words.replace(tx, list_id=found.id, words=kept, in_use=found.archived_at is None)
    if made < len(kept):
        await check_free(tx, found, kept)
        raise WordTaken("Another list took one of these words a moment ago.", next_step="Look, and choose again.")
    await audit(
        tx, actor=user, action="list.words", subject="audience", subject_id=found.id, before=before, after=words
    )  # fmt: skip
    await record(tx, AudienceChanged(audience_id=found.id, what="words", hospital_id=found.hospital_id), actor=user)
    return words


async def check_free(tx: Tx, one: Audience, kept: list[Kept]) -> None:
    """Raises WordTaken (409) where a list that is in use has one of the words."""
    taken = await store_words.taken(tx, folded=[word.folded for word in kept], but=one.id)
    if taken is None:
        return
    folded, name = taken
    word = next(word for word in kept if word.folded == folded)
    place = [other for other in kept if other.does == word.does].index(word)
    raise WordTaken(
        f"“{word.word}” is a word of “{name}”.",
        pointer=f"/{word.does}s/{place}/word",
        next_step="Choose another word, or take it from that list first.",
    )


async def act_on_word(tx: Tx, event: InboundMessageReceived, *, actor: Actor) -> None:
    """Joins or leaves a list for who wrote nothing but its word, and answers once. What is unclear (a number that we do
    not know, several grown-ups on one phone, all messages stopped) is left to the inbox."""
    if event.channel == Channel.EMAIL:
        return  # a From line proves nothing
    folded, left = meant(event.body)
    heard = await store_words.heard(tx, folded=folded, left=left) if folded else None
    if heard is None or await store_words.acted_already(tx, inbound_message_id=event.inbound_message_id):
        return
    holders = await store_words.holders(tx, address=event.from_address, whose=heard.whose)
    if heard.does == "leave":
        did = await _leave(tx, event, heard, holders)
    else:
        did = await _join(tx, event, heard, holders)
    if did:
        acted = f"{did}: list {heard.list_id}"
        await mark_acted(tx, inbound_message_id=event.inbound_message_id, acted=acted)


def whose_word(holders: list[Holder], *, conversation_with: int | None) -> Holder | None:
    """Who of those who have a phone wrote a word: the only one; whom the conversation is with, unless a child; else the
    only grown-up. None where a person has to ask. Pure."""
    if len(holders) == 1:
        return holders[0]
    grown = [one for one in holders if not one.is_child]
    with_us = [one for one in grown if one.id == conversation_with]
    found = with_us or grown
    return found[0] if len(found) == 1 else None


async def _join(tx: Tx, event: InboundMessageReceived, heard: Heard, holders: list[Holder]) -> str | None:
    who = whose_word(holders, conversation_with=_with(event, heard))
    within = None if heard.hospital_id is None else [heard.hospital_id]
    if who is None or not await store_lists.here(tx, ids=[who.id], whose=heard.whose, within=within):
        await _not_known(tx, event, heard, holders)
        return None
    on_it = bool(await store_lists.on_it(tx, list_id=heard.list_id, ids=[who.id]))
    asked = await ask_for_news(
        tx,
        person=PersonRef(kind=who.kind, id=who.id),
        channel=Channel(event.channel),
        address=event.from_address,
        how=f"wrote {heard.word}",
        words=f"“{event.body.strip()[:100]}”, to join “{heard.list_name}”",
        afresh=not on_it,
    )
    if not asked:
        return None
    await put_on(tx, heard.list_id, heard.hospital_id, who, how="word")
    kept = await store_words.words(tx, list_id=heard.list_id)
    leave = how_to_leave(kept, language=_language(heard, who))
    template = "list_on_already" if on_it else "list_joined"
    await _answer(tx, event, heard, who, template=template, leave=leave)
    return "joined"


async def put_on(tx: Tx, list_id: int, hospital_id: int | None, who: Holder, *, how: str) -> bool:
    """Puts somebody on a list who asked for it, and notes that they did; False where they were on it."""
    if not await store_lists.put_on(tx, list_id=list_id, ids=[who.id], how=how, by=who.name):
        return False
    await _note(tx, list_id, hospital_id, who, what="joined", how=how)
    return True


async def take_off(tx: Tx, list_id: int, hospital_id: int | None, who: Holder, *, how: str) -> bool:
    """Takes somebody off a list who asked for it, and notes that they did; False where they were not on it."""
    if not await store_lists.take_off(tx, list_id=list_id, person_id=who.id, how=how, by=who.name):
        return False
    await _note(tx, list_id, hospital_id, who, what="left", how=how)
    return True


async def _note(tx: Tx, list_id: int, hospital_id: int | None, who: Holder, *, what: str, how: str) -> None:
    themselves = Actor(kind=who.kind, id=who.id, name=who.name)
    await audit(
        tx, actor=themselves, action=f"list.{what}", subject="audience", subject_id=list_id,
        patient_id=who.id if who.kind == "patient" else None, after={"how": how},
    )  # fmt: skip
    await record(tx, AudienceChanged(audience_id=list_id, what="members", hospital_id=hospital_id), actor=themselves)


async def _leave(tx: Tx, event: InboundMessageReceived, heard: Heard, holders: list[Holder]) -> str | None:
    """Everybody of the phone who is on it: what the list sends comes there."""
    if not holders:
        await _not_known(tx, event, heard, holders)
        return None
    gone = [one for one in holders if await take_off(tx, heard.list_id, heard.hospital_id, one, how="word")]
    named = [one for one in gone or holders if one.id == _with(event, heard)]
    await _answer(tx, event, heard, (named or gone or holders)[0], template="list_left", leave="")
    return "left"


def _with(event: InboundMessageReceived, heard: Heard) -> int | None:
    """Whom of those the list is for the conversation is with."""
    return event.owner_id if heard.whose == "owners" else event.patient_id


def _language(heard: Heard, who: Holder | None) -> str:
    if heard.language not in (None, "en"):
        return heard.language or "en"
    return who.language if who else "en"


async def _answer(
    tx: Tx, event: InboundMessageReceived, heard: Heard, who: Holder, *, template: str, leave: str
) -> None:
    await enqueue(
        tx,
        key=f"list-word:{event.inbound_message_id}",
        to=event.from_address,
        person=PersonRef(kind=who.kind, id=who.id),
        channel=event.channel,
        purpose="transactional",
        template_key=template,
        variables={"list": {"name": heard.list_name, "leave": leave}},
        language=_language(heard, who),
        hospital_id=heard.hospital_id or who.hospital_id or event.hospital_id,
        priority=0,
        urgent=True,
        actor=SYSTEM,
    )


async def _not_known(tx: Tx, event: InboundMessageReceived, heard: Heard, holders: list[Holder]) -> None:
    """Once a day and number, however often it writes: a machine may be writing to us."""
    today: date = tx.now.date()
    await enqueue(
        tx,
        key=f"list-not-known:{heard.list_id}:{event.from_address}:{today}",
        to=event.from_address,
        channel=event.channel,
        purpose="transactional",
        template_key="list_not_known",
        variables={"list": {"name": heard.list_name, "leave": ""}},
        language=_language(heard, holders[0] if holders else None),
        hospital_id=heard.hospital_id or event.hospital_id,
        priority=0,
        urgent=True,
        actor=SYSTEM,
    )
