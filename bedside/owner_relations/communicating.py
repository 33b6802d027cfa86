"""Writing to owners: to several of their people at once, each with a message of their own; again where it failed."""

from datetime import datetime, timedelta

from bedside.accounts import SignedIn
from bedside.event_log import record
from bedside.follow_ups import NewTask, add_task, open_task
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines, one_line
from bedside.messaging import answered_at
from bedside.owner_relations import store_communications as store
from bedside.owner_relations.delivering import Person, Words, hand_over, people_of, write_down
from bedside.owner_relations.events import CommunicationSent
from bedside.owner_relations.model import (
    CHANNELS,
    Channel,
    Communication,
    FollowUp,
    NewCommunication,
    NobodyReached,
    NothingToRepeat,
)
from bedside.owner_relations.reading import communication
from bedside.owner_relations.template_words import check_words
from bedside.owner_relations.writing_down import of_this_world, write_down_by_hand
from bedside.owners import Owner, seen_owner

FURTHEST_AHEAD = timedelta(days=366)
LONGEST_SHORT = 1600  # characters of an SMS or WhatsApp message
_NOT_ARRIVED = frozenset({"failed", "undelivered", "unknown"})


async def add(tx: Tx, *, owner_id: int, new: NewCommunication, actor: SignedIn) -> Communication:
    """Sends a message to an owner's people, or writes down a call, a meeting or a letter.

    Raises NoSuchOwner (404), Forbidden (403) for a hospital that is not theirs, Invalid (422) for what cannot be sent,
    NobodyReached (422) where everybody it was for was refused: then nothing is written.
    """
    whose = await seen_owner(tx, owner_id=owner_id, user=actor)
    hospital_id = _place(whose, new, actor)
    people = await _people(tx, whose, new)
    if new.kind in CHANNELS:
        made = await _send(tx, whose, new, people, hospital_id, actor)
    else:
        made = await write_down_by_hand(tx, whose, new, people, hospital_id, actor)
    if new.follow_up is not None:
        await _follow_up(tx, whose, new.follow_up, made, hospital_id, actor)
    return await communication(tx, owner_id=owner_id, communication_id=made, user=actor)


async def _send(
    tx: Tx, whose: Owner, new: NewCommunication, people: list[Person], hospital_id: int | None, actor: SignedIn
) -> int:
    channel: Channel = new.kind  # type: ignore[assignment]  # the caller looked
    at = _sending_time(tx, new)
    words = _words(new)
    if whose.archived_at is not None:
        raise Invalid("This owner's record is archived.", next_step="Take it out of the archive first.")
    if words.template_key is not None:
        await check_words(tx, words, channel, people, whose=whose, hospital_id=hospital_id)
    made = await store.insert(
        tx,
        owner_id=whose.id,
        hospital_id=hospital_id,
        kind=channel,
        direction="outbound",
        subject=words.subject or "",
        body=words.body or "",
        template_key=words.template_key,
        variables=words.variables,
        happened_at=at or tx.now,
        by=actor.name,
    )
    if made is None:
        raise LookupError("an entry without a key was not written")
    refused: list[dict[str, object]] = []
    for who in people:
        became = await hand_over(
            tx,
            communication_id=made,
            to=who,
            channel=channel,
            words=words,
            key=f"owner:{made}:{who.contact_id or 0}",
            hospital_id=hospital_id,
            urgent=at is not None,
            not_before=at,
            actor=actor,
        )
        await write_down(tx, communication_id=made, to=who, channel=channel, became=became)
        if became.message_id is None:
            refused.append({"contactId": who.contact_id, "name": who.name, "refusedBecause": became.refused_because})
        else:
            await answered_at(tx, channel=channel, address=str(who.address(channel)))
    if len(refused) == len(people):
        raise _nobody(refused)
    sent = CommunicationSent(
        communication_id=made,
        how=channel,
        recipients=len(people) - len(refused),
        owner_id=whose.id,
        hospital_id=hospital_id,
    )
    await record(tx, sent, actor=actor)
    return made


def _nobody(refused: list[dict[str, object]]) -> NobodyReached:
    reasons = list(dict.fromkeys(f"{one['name']}: {one['refusedBecause']}" for one in refused))
    return NobodyReached(
        f"Nobody could be written to. {' '.join(reasons[:5])}",
        pointer="/contactIds",
        next_step="Choose another channel or other recipients, or mend their phone or email.",
        recipients=refused,
    )


async def send_again(tx: Tx, *, owner_id: int, communication_id: int, actor: SignedIn) -> Communication:
    """Sends an entry's messages again to those whom it did not reach, by the address that they have now.

    Raises NoSuchCommunication (404), NothingToRepeat (409) where everybody has it or it is under way, NobodyReached
    (422) where all are refused again.
    """
    await store.lock(tx, communication_id=communication_id)
    one = await communication(tx, owner_id=owner_id, communication_id=communication_id, user=actor)
    missed = [
        who
        for who in one.recipients
        if who.channel is not None and (who.refused_because if who.message_id is None else who.status in _NOT_ARRIVED)
    ]
    if one.direction == "inbound" or not missed:
        raise NothingToRepeat(
            "There is nobody whom it failed to reach.", next_step="Write a new message, if it is to be said again."
        )
    source = await store.source(tx, communication_id=one.id)
    words = Words(
        template_key=source.template_key,
        variables=source.variables,
        subject=None if source.template_key else source.subject,
        body=None if source.template_key else source.body,
    )
    people = await people_of(tx, await seen_owner(tx, owner_id=owner_id, user=actor))
    refused: list[dict[str, object]] = []
    for who in missed:
        person, channel = people.get(who.contact_id or 0), who.channel
        if person is None or channel is None:
            refused.append({"contactId": who.contact_id, "name": who.name, "refusedBecause": "They were put away."})
            continue
        became = await hand_over(
            tx,
            communication_id=one.id,
            to=person,
            channel=channel,
            words=words,
            key=f"owner-again:{one.id}:{one.version}:{who.contact_id or 0}:{channel}",
            hospital_id=one.hospital_id,
            urgent=True,
            not_before=None,
            repeats=who.message_id,
            actor=actor,
        )
        if became.message_id is None:
            refused.append({"contactId": who.contact_id, "name": who.name, "refusedBecause": became.refused_because})
            continue
        await store.put_message(
            tx,
            communication_id=one.id,
            contact_id=who.contact_id,
            channel=channel,
            address=str(person.address(channel)),
            message_id=became.message_id,
        )
    if len(refused) == len(missed):
        raise _nobody(refused)
    await store.next_version(tx, communication_id=one.id)
    sent = CommunicationSent(
        communication_id=one.id,
        how=one.kind,
        recipients=len(missed) - len(refused),
        notice=one.notice,
        owner_id=owner_id,
        hospital_id=one.hospital_id,
    )
    await record(tx, sent, actor=actor)
    return await communication(tx, owner_id=owner_id, communication_id=communication_id, user=actor)


async def _follow_up(
    tx: Tx, whose: Owner, wanted: FollowUp, made: int, hospital_id: int | None, actor: SignedIn
) -> None:
    title = one_line(wanted.title, pointer="/followUp/title", longest=300)
    due_at = None if wanted.due_at is None else of_this_world(wanted.due_at, "/followUp/dueAt")
    if wanted.assigned_to is not None:
        new = NewTask(
            title=title,
            subject="owner",
            subject_id=whose.id,
            hospital_id=hospital_id,
            assigned_to=wanted.assigned_to,
            due_at=due_at,
        )
        opened = await add_task(tx, new=new, actor=actor)
    else:
        task = await open_task(
            tx,
            title=title,
            subject="owner",
            subject_id=whose.id,
            hospital_id=hospital_id,
            assigned_to=whose.account_manager_id,
            for_role=None if whose.account_manager_id else "finance",
            due_at=due_at,
            actor=actor,
        )
        if task is None:
            raise LookupError("a task without a key was not opened")
        opened = task
    await store.set_task(tx, communication_id=made, task_id=opened.id)


async def _people(tx: Tx, whose: Owner, new: NewCommunication) -> list[Person]:
    known = await people_of(tx, whose)
    wanted = list(dict.fromkeys(new.contact_ids if new.contact_ids is not None else [0]))
    if not wanted:
        raise Invalid("Say whom it is for.", pointer="/contactIds", next_step="0 is the owner's own address.")
    for place, contact_id in enumerate(new.contact_ids or []):
        if contact_id not in known:
            raise Invalid(
                "This owner has no such contact.",
                pointer=f"/contactIds/{place}",
                next_step="Look at the owner's contacts; 0 is the owner's own address.",
            )
    return [known[contact_id] for contact_id in wanted]


def _place(whose: Owner, new: NewCommunication, actor: SignedIn) -> int | None:
    """The hospital in whose name it is: the one named, else the first of theirs where the actor works."""
    if new.hospital_id is not None:
        if new.hospital_id not in whose.hospital_ids:
            raise Invalid("This owner has no part in that hospital.", pointer="/hospitalId")
        actor.check_works_at(new.hospital_id)
        return new.hospital_id
    return next((one for one in whose.hospital_ids if actor.works_at(one)), None)


def _words(new: NewCommunication) -> Words:
    if new.direction == "inbound":
        raise Invalid("A message is sent, so it is outbound.", pointer="/direction")
    for name, pointer in (("happened_at", "/happenedAt"), ("duration_minutes", "/durationMinutes")):
        if getattr(new, name) is not None:
            raise Invalid("A message happens when it is sent.", pointer=pointer, next_step="Use sendAt.")
    if bool(new.body.strip()) == (new.template_key is not None):
        raise Invalid("Send a body, or a templateKey: one of the two.", pointer="/body")
    if new.template_key is not None:
        return Words(template_key=new.template_key, variables=dict(new.variables))
    if new.variables:
        raise Invalid("Variables fill in a template.", pointer="/variables", next_step="Name its templateKey.")
    subject = one_line(new.subject, pointer="/subject", needed=new.kind == "email")
    longest = 10_000 if new.kind == "email" else LONGEST_SHORT
    return Words(subject=subject, body=many_lines(new.body, pointer="/body", longest=longest, needed=True))


def _sending_time(tx: Tx, new: NewCommunication) -> datetime | None:
    if new.send_at is None:
        return None
    at = of_this_world(new.send_at, "/sendAt")
    if at > tx.now + FURTHEST_AHEAD:
        raise Invalid("sendAt is more than a year ahead.", pointer="/sendAt")
    return max(at, tx.now)
