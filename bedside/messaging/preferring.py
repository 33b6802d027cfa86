"""What people say by the links in their messages: no more news, or how they like to hear from us."""

from collections.abc import Mapping, Sequence

import msgspec

from bedside import owners, patients
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.message_templates import Channel, Purpose
from bedside.messaging import store_preferences, store_suppressions
from bedside.messaging.links import Written
from bedside.messaging.model import PersonRef
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from bedside.owners import OwnerChanges, OwnerConsent, OwnerConsentGiven, OwnerConsentRecorded
from bedside.patients import Consent, ConsentRecorded, PatientChanges


class Reader(msgspec.Struct, kw_only=True, frozen=True):
    """Whose words count for a person: who opened a link that came to an address of theirs. `said` maps
    `sms:marketing` to the newest word about it."""

    kind: str
    id: int
    name: str
    language: str
    addresses: Mapping[Channel, str]
    every_address: list[str]
    said: Mapping[str, bool]

    @property
    def actor(self) -> Actor:
        """Themselves."""
        return Actor(kind=self.kind, id=self.id, name=self.name)

    def wants(self, channel: Channel, purpose: Purpose) -> bool:
        """Whether they take messages: of news they said so, and all else they have not refused."""
        refused = self.said.get(f"{channel}:transactional") is False
        return not refused and (purpose is not Purpose.MARKETING or self.said.get(f"{channel}:marketing") is True)


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """Whether somebody is written to on a channel for a purpose, at which address."""

    channel: Channel
    purpose: Purpose
    address: str
    on: bool

    @property
    def name(self) -> str:
        """As the page's form calls it."""
        return f"{self.channel}_{self.purpose}"


async def reader(tx: Tx, *, message: Written) -> Reader | None:
    """Whom a message went to, where what they say counts for them as a person. None for an address that is nobody's,
    or that a person shares: the mailbox of somebody at an owner's decides for itself alone."""
    if message.person_id is None:
        return None
    return await _themselves(tx, kind=message.person_kind, person_id=message.person_id, address=message.to_address)


async def _themselves(tx: Tx, *, kind: str | None, person_id: int, address: str) -> Reader | None:
    if kind == "owner":
        whose = await owners.owner(tx, person_id)
        if address not in (whose.phone, whose.email):
            return None
        history = await owners.owner_consents(tx, owner_id=whose.id)
        reached = {Channel.SMS: whose.phone, Channel.WHATSAPP: whose.phone, Channel.EMAIL: whose.email}
        addresses = {channel: theirs for channel, theirs in reached.items() if theirs}
        return Reader(
            kind="owner",
            id=whose.id,
            name=whose.name,
            language=whose.language,
            addresses=addresses,
            every_address=[*addresses.values()],
            said={f"{one.channel}:{one.purpose}": one.granted for one in reversed(history)},
        )
    known = await patients.patient(tx, person_id)
    reach = await patients.reachability(tx, known.id)
    points = await patients.contact_points(tx, patient_id=known.id)
    found = {channel: theirs for channel in Channel if (theirs := reach.address_on(channel))}
    return Reader(
        kind="patient",
        id=known.id,
        name=known.name,
        language=known.language,
        addresses=found,
        every_address=[address, *(one.value for one in points)],
        said=reach.consents,
    )


async def history(tx: Tx, *, whose: Reader) -> Sequence[Consent | OwnerConsent]:
    """All that somebody said of being written to, newest first."""
    if whose.kind == "owner":
        return await owners.owner_consents(tx, owner_id=whose.id)
    return await patients.consents(tx, patient_id=whose.id)


async def _keep(
    tx: Tx, *, whose: Reader, channel: Channel, purpose: Purpose, granted: bool, how: str, words: str = ""
) -> None:
    if whose.kind == "owner":
        given = OwnerConsentGiven(channel=channel.value, purpose=purpose.value, granted=granted, how=how, words=words)
        await owners.record_owner_consent(tx, owner_id=whose.id, given=given, actor=whose.actor)
    else:
        await patients.record_consent(
            tx,
            patient_id=whose.id,
            channel=channel.value,
            purpose=purpose.value,
            granted=granted,
            how=how,
            words=words,
            actor=whose.actor,
        )


async def unsubscribe(tx: Tx, *, message: Written, how: str) -> bool:
    """No more news on the channel that the message came by: at once, for what waits too; False where it was so before.

    Transactional messages go on.
    """
    source = f"{how}, message {message.id}"
    if not await stop_news(tx, channel=message.channel, address=message.to_address, source=source):
        return False
    whose = await reader(tx, message=message)
    if whose is not None:
        await _keep(tx, whose=whose, channel=message.channel, purpose=Purpose.MARKETING, granted=False, how=how)
    return True


async def stop_news(tx: Tx, *, channel: str, address: str, source: str) -> bool:
    """No more news to an address, from whichever sender, and what waits does not go out; False where it was so."""
    made = await store_suppressions.suppress(
        tx,
        channel=channel,
        address=address,
        sender_id=None,
        purpose=Purpose.MARKETING,
        reason="opt_out",
        source=source,
    )
    if made is None:
        return False
    await _drop(tx, channel=channel, purpose=Purpose.MARKETING, address=address)
    return True


async def ask_for_news(
    tx: Tx, *, person: PersonRef, channel: Channel, address: str, how: str, words: str, afresh: bool
) -> bool:
    """Keeps that a patient or owner asked for news on a channel, in their own words (RULES.md, messages 6); their own
    stop of news there is lifted. `afresh` False: only where it was not so before. False where they stopped all messages
    there, or refused the channel, which START and they themselves undo; and where the address is not an owner's own.
    Raises NoSuchPatient, NoSuchOwner (404)."""
    whose = await _themselves(tx, kind=person.kind, person_id=person.id, address=address)
    stops = await store_preferences.own_stops(tx, addresses=[address])
    if whose is None or (channel, "all") in stops or whose.said.get(f"{channel}:transactional") is False:
        return False
    await store_preferences.lift_own(tx, channel=channel, addresses=[address], news_alone=True, because=how)
    if afresh or whose.said.get(f"{channel}:marketing") is not True:
        await _keep(tx, whose=whose, channel=channel, purpose=Purpose.MARKETING, granted=True, how=how, words=words)
    return True


async def choices(tx: Tx, *, message: Written) -> list[Choice]:
    """What can be chosen by a link: every channel that reaches a person; for others the one that they were written to
    by, where news alone can be chosen."""
    return await _choices(tx, message, await reader(tx, message=message))


async def _choices(tx: Tx, message: Written, whose: Reader | None) -> list[Choice]:
    stops = await store_preferences.own_stops(tx, addresses=_addresses(message, whose))
    if whose is None:
        off = (message.channel, "marketing") in stops or (message.channel, "all") in stops
        return [
            Choice(channel=message.channel, purpose=Purpose.MARKETING, address=message.to_address, on=not off),
        ]
    made = []
    for channel, address in whose.addresses.items():
        for purpose in (Purpose.TRANSACTIONAL, Purpose.MARKETING):
            stopped = (channel, "all") in stops or (purpose is Purpose.MARKETING and (channel, "marketing") in stops)
            on = whose.wants(channel, purpose) and not stopped
            made.append(Choice(channel=channel, purpose=purpose, address=address, on=on))
    return made


async def prefer(
    tx: Tx, *, message: Written, wanted: Mapping[str, bool], words: Mapping[str, str], language: str | None
) -> int:
    """Keeps what somebody chose on the page, of which only what changed, in the words that they read; gives how many
    answers changed. What they want again is no longer stopped by their own stop."""
    how = "preference page"
    whose = await reader(tx, message=message)
    addresses = _addresses(message, whose)
    changed = 0
    for choice in await _choices(tx, message, whose):
        on = wanted.get(choice.name, False)
        if on == choice.on:
            continue
        changed += 1
        if on:
            await store_preferences.lift_own(
                tx,
                channel=choice.channel,
                addresses=addresses,
                news_alone=choice.purpose is Purpose.MARKETING and (choice.channel, "all") not in
                await store_preferences.own_stops(tx, addresses=addresses),
                because=how,
            )  # fmt: skip
        if whose is not None:
            await _keep(
                tx,
                whose=whose,
                channel=choice.channel,
                purpose=choice.purpose,
                granted=on,
                how=how,
                words=words.get(choice.name, ""),
            )
        elif not on:
            await unsubscribe(tx, message=message, how=how)
    if language is not None and whose is not None and whose.language != language:
        if whose.kind == "owner":
            await owners.change(tx, owner_id=whose.id, changes=OwnerChanges(language=language), actor=whose.actor)
        else:
            await patients.change(tx, patient_id=whose.id, changes=PatientChanges(language=language), actor=whose.actor)
    return changed


async def drop_refused(tx: Tx, event: ConsentRecorded | OwnerConsentRecorded, *, actor: Actor) -> None:
    """What waits for somebody who has just said no to it does not go out."""
    if event.granted:
        return
    kind = "owner" if isinstance(event, OwnerConsentRecorded) else "patient"
    person_id = event.owner_id if isinstance(event, OwnerConsentRecorded) else event.patient_id
    await _drop(tx, channel=event.channel, purpose=event.purpose, person_kind=kind, person_id=person_id)


async def _drop(
    tx: Tx,
    *,
    channel: str,
    purpose: str,
    address: str | None = None,
    person_kind: str | None = None,
    person_id: int | None = None,
) -> None:
    waiting = await store_preferences.waiting_for(
        tx, channel=channel, purpose=purpose, address=address, person_kind=person_kind, person_id=person_id
    )
    words = "They said meanwhile that they do not want it."
    await apply(tx, [Report(message_id=one, status="cancelled", words=words) for one in waiting])


def _addresses(message: Written, whose: Reader | None) -> list[str]:
    return whose.every_address if whose is not None else [message.to_address]
