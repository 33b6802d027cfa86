"""What owners are told by itself: each notice has its template and its switch, and goes to whom the owner wants."""

from typing import Any

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden
from bedside.kit.wire import given
from bedside.messaging import Enqueued
from bedside.owner_relations import store_communications as store
from bedside.owner_relations import store_notices
from bedside.owner_relations.delivering import Person, Words, hand_over, people_of, write_down
from bedside.owner_relations.events import CommunicationSent
from bedside.owner_relations.model import Channel, NoSuchNotice, Notice, NoticeChanges, NoticeKind
from bedside.owner_relations.template_words import check_template
from bedside.owners import Owner, owner

# RULES, Reminders 6: they are waited for, whatever the hour
_URGENT = frozenset({"payout_paid"})


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One who gets a notice, and by what: `each` of the channels, or the first that reaches them."""

    who: Person
    channels: list[Channel]
    each: bool


async def tell_owner(
    tx: Tx,
    *,
    owner_id: int,
    notice: NoticeKind,
    about: str,
    about_id: int,
    hospital_id: int | None,
    variables: dict[str, Any] | None = None,
    key: str,
    actor: Actor,
) -> list[int]:
    """Tells an owner something by itself, once for its `key` however many try, and gives the messages' ids.

    It goes to whoever the owner's preferences name, by their channels; else to the owner, by the notice's. Nothing is
    sent, nor written, where the notice is switched off, nobody wants it, or the owner was put away. What cannot be
    delivered stands in the log with its reason. `about` is what the template's variables are loaded for, just before
    sending (reactions.py); `variables` go before those, and never carry a link: they are kept.
    """
    setting = await store_notices.notice(tx, notice)
    if setting is None:
        raise LookupError(f"no notice is called {notice}")
    whose = await owner(tx, owner_id)
    if not setting.enabled or whose.archived_at is not None:
        return []
    targets = await _targets(tx, whose, setting)
    if not targets:
        return []
    place = hospital_id or next(iter(whose.hospital_ids), None)
    made = await store.insert(
        tx,
        owner_id=owner_id,
        hospital_id=place,
        kind=targets[0].channels[0],
        direction="outbound",
        template_key=setting.template_key,
        variables=variables,
        notice=notice,
        about=about,
        about_id=about_id,
        key=f"{notice}:{key}",
        happened_at=tx.now,
        by=actor.name,
    )
    if made is None:
        return await store.messages_of_key(tx, key=f"{notice}:{key}")
    words = Words(template_key=setting.template_key, variables=variables or {})
    sent: list[int] = []
    first: Channel | None = None
    for target in targets:
        for channel, became in await _deliver(tx, made, target, words, notice, place, actor):
            await write_down(tx, communication_id=made, to=target.who, channel=channel, became=became)
            if became.message_id is not None:
                sent.append(became.message_id)
                first = first or channel
    if first is not None and first != targets[0].channels[0]:
        await store.set_kind(tx, communication_id=made, kind=first)
    event = CommunicationSent(
        communication_id=made,
        how=first or targets[0].channels[0],
        recipients=len(sent),
        notice=notice,
        owner_id=owner_id,
        hospital_id=place,
    )
    await record(tx, event, actor=actor)
    return sent


async def _targets(tx: Tx, whose: Owner, setting: Notice) -> list[Target]:
    people = await people_of(tx, whose)
    said = await store_notices.preferences(tx, owner_id=whose.id, kind=setting.kind)
    if not said:
        return [Target(who=people[0], channels=setting.channels, each=setting.send_by == "each")]
    return [
        Target(who=people[one.contact_id or 0], channels=one.channels, each=True)
        for one in said
        if one.channels and (one.contact_id or 0) in people
    ]


async def _deliver(
    tx: Tx, made: int, target: Target, words: Words, notice: str, hospital_id: int | None, actor: Actor
) -> list[tuple[Channel, Enqueued]]:
    """What became of a notice by each channel that was tried, and is worth writing down.

    A channel that they have no address for is passed over, if they have one for another.
    """
    reachable = [channel for channel in target.channels if target.who.address(channel)]
    tried: list[tuple[Channel, Enqueued]] = []
    for channel in reachable or target.channels[:1]:
        became = await hand_over(
            tx,
            communication_id=made,
            to=target.who,
            channel=channel,
            words=words,
            key=f"notice:{made}:{target.who.contact_id or 0}:{channel}",
            hospital_id=hospital_id,
            urgent=notice in _URGENT,
            not_before=None,
            actor=actor,
        )
        if not target.each and became.message_id is not None:
            return [(channel, became)]
        tried.append((channel, became))
    return tried


async def notices(tx: Tx) -> list[Notice]:
    """Every automatic notice."""
    return await store_notices.notices(tx)


async def change_notice(
    tx: Tx, *, kind: str, changes: NoticeChanges, actor: SignedIn, expected_version: int | None = None
) -> Notice:
    """Switches a notice, gives it another template or other channels. Raises NoSuchNotice (404), Changed (412), Invalid
    (422) for a template that is not there, or has no words for one of the channels, Forbidden (403) for staff of some
    hospitals alone."""
    before = await store_notices.notice(tx, kind, lock=True)
    if before is None:
        raise NoSuchNotice("There is no such notice.", next_step="Look at the list of notices.")
    if actor.hospital_ids is not None:
        raise Forbidden(
            "Notices are those of every hospital of the group, also those that you do not work at.",
            next_step="Ask somebody who works at every hospital.",
        )
    check_version(expected=expected_version, actual=before.version)
    after = msgspec.structs.replace(before, **given(changes))
    after.channels = list(dict.fromkeys(after.channels))
    await check_template(tx, after.template_key, after.channels)
    changed = await store_notices.update_notice(tx, after, by=actor.name)
    await audit(
        tx,
        actor=actor,
        action="owner_notice.changed",
        subject="owner_notice",
        subject_id=None,
        before=before,
        after=changed,
    )
    return changed
