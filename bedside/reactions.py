"""Who hears of what, in which order. Read it from top to bottom.

A reaction runs in the transaction that made the event true, and only writes rows: if it fails, nothing happened.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from bedside import campaigns, feedback, loyalty, messaging, owner_relations, reminders
from bedside.accounts import Permission, SignedIn
from bedside.contracts import (
    CONTRACT_SUBJECT,
    Contract,
    ContractAmended,
    ContractExpiring,
    ContractSentToSign,
    ContractSigned,
    contract,
    contracts_of,
    signing_link,
)
from bedside.contracts import install_public_url as install_signing_url
from bedside.directory import hospital
from bedside.event_log import SYSTEM, Actor, Event, Reaction, Together, install_reactions
from bedside.feedback import FeedbackGiven
from bedside.follow_ups import Subject, install_subjects
from bedside.kit.database import Tx
from bedside.message_templates import install_public_url as install_pictures_url
from bedside.message_templates import install_records
from bedside.messaging import (
    CONVERSATION_SUBJECT,
    MESSAGE_SUBJECT,
    Attachment,
    InboundMessageReceived,
    Loader,
    LoaderOfMany,
    MessageStatusChanged,
    OwnerMessageReceived,
    OwnerMessageStatusChanged,
    OwnerMessageWritten,
    Stale,
    install_loaders,
)
from bedside.owners import OWNER_SUBJECT, OwnerArchived, OwnerChanged, OwnerConsentRecorded, seen_owner
from bedside.patient_access import BookedByReferral, install_public_url, manage_link, manage_links
from bedside.patients import ConsentRecorded, PatientRegistered, patients
from bedside.payouts import (
    PAYOUT_SUBJECT,
    PayoutApproved,
    PayoutPaid,
    load_newest_payout_variables,
    load_payout_variables,
    payout,
    refuse_terms_in_closed_period,
    statement_file_name,
    statement_pdf,
)
from bedside.reminders import appointment_of_reminder
from bedside.scheduling import (
    AppointmentArrived,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentRestored,
    appointment,
    calendar_file,
)


async def _tell_of_payment(tx: Tx, event: PayoutPaid, *, actor: Actor) -> None:
    """The owner is told by SMS, and by mail with the statement; not of what came to nothing."""
    if event.amount_minor > 0:
        await _tell_of_payout(tx, event, notice="payout_paid", key=str(event.payout_id))


async def _tell_of_statement(tx: Tx, event: PayoutApproved, *, actor: Actor) -> None:
    """Once for each time that it was approved: what went back to being a draft may come to something else."""
    if Decimal(event.amount) > 0:
        key = f"{event.payout_id}:{tx.now:%Y%m%d%H%M%S%f}"
        await _tell_of_payout(tx, event, notice="statement_ready", key=key)


async def _tell_of_payout(
    tx: Tx, event: PayoutPaid | PayoutApproved, *, notice: Literal["payout_paid", "statement_ready"], key: str
) -> None:
    await owner_relations.tell_owner(
        tx,
        owner_id=event.owner_id or (await payout(tx, event.payout_id)).owner_id,
        notice=notice,
        about="payout",
        about_id=event.payout_id,
        hospital_id=event.hospital_id,
        key=key,
        actor=SYSTEM,
    )


async def _tell_of_end(tx: Tx, event: ContractExpiring, *, actor: Actor) -> None:
    if event.owner_id is not None:
        await owner_relations.tell_owner(
            tx,
            owner_id=event.owner_id,
            notice="contract_expiring",
            about="contract",
            about_id=event.contract_id,
            hospital_id=event.hospital_id,
            key=f"{event.contract_id}:{event.owner_id}:{event.ends_on}:{event.days_ahead}",
            actor=SYSTEM,
        )


async def _refuse_late_terms(tx: Tx, event: ContractSigned, *, actor: Actor) -> None:
    """An owner's name makes terms hold; the hospital's own under what holds already changes no month."""
    if event.party == "owner":
        await refuse_terms_in_closed_period(tx, event, actor=actor)


async def _ask_to_sign(tx: Tx, event: ContractSentToSign, *, actor: Actor) -> None:
    """The link is made just before the message leaves: it stands neither in the event nor in the queue."""
    if event.owner_id is not None:
        await owner_relations.tell_owner(
            tx,
            owner_id=event.owner_id,
            notice="contract_to_sign",
            about="contract_version",
            about_id=event.version_id,
            hospital_id=event.hospital_id,
            variables={"contract": {"number": event.number, "title": event.title}},
            key=f"{event.version_id}:{event.owner_id}:{tx.now:%Y%m%d%H%M%S%f}",
            actor=SYSTEM,
        )


REACTIONS: dict[type[Event], tuple[Reaction | Together, ...]] = {
    AppointmentBooked: (reminders.plan_and_confirm,),
    AppointmentRescheduled: (reminders.replan,),
    AppointmentConfirmed: (reminders.drop_what_asked,),
    AppointmentCancelled: (reminders.drop_and_tell,),
    AppointmentArrived: (reminders.drop,),
    AppointmentCompleted: (
        reminders.drop,
        feedback.plan_invitation,
        loyalty.reward_visit,
        loyalty.complete_referral,
        campaigns.enter_after_visit,
    ),
    AppointmentMissed: (reminders.drop,),
    AppointmentRestored: (
        reminders.plan_again,
        feedback.drop_invitation,
        loyalty.take_back_visit,
        loyalty.take_back_referral,
    ),
    MessageStatusChanged: (
        Together(reminders.follow_messages),
        feedback.follow_message,
    ),
    PatientRegistered: (campaigns.enter_when_registered,),
    ConsentRecorded: (messaging.drop_refused,),
    OwnerConsentRecorded: (messaging.drop_refused,),
    InboundMessageReceived: (reminders.act_on_reply, campaigns.act_on_word, campaigns.go_on_after_answer),
    FeedbackGiven: (loyalty.reward_feedback,),
    BookedByReferral: (loyalty.note_referral,),
    loyalty.TierChanged: (loyalty.tell_of_tier,),
    loyalty.PointsExpiring: (loyalty.tell_of_expiry,),
    loyalty.RewardRedeemed: (loyalty.tell_of_voucher,),
    OwnerMessageStatusChanged: (owner_relations.follow_message,),
    OwnerMessageReceived: (owner_relations.keep_inbound, campaigns.act_on_word, campaigns.go_on_after_answer),
    OwnerMessageWritten: (owner_relations.keep_written,),
    OwnerArchived: (owner_relations.end_own_links,),
    OwnerChanged: (owner_relations.end_own_links,),
    PayoutApproved: (_tell_of_statement,),
    PayoutPaid: (_tell_of_payment,),
    ContractAmended: (refuse_terms_in_closed_period,),
    ContractSigned: (_refuse_late_terms,),
    ContractExpiring: (_tell_of_end,),
    ContractSentToSign: (_ask_to_sign,),
}


async def _appointment(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_appointment_variables(tx, about_id, channel, language)
    return found if isinstance(found, Stale) else await _with_link_and_calendar(tx, found, about_id, channel)


async def _cancelled_appointment(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_cancelled_variables(tx, about_id, channel, language)
    return found if isinstance(found, Stale) else await _with_link_and_calendar(tx, found, about_id, channel)


async def _reminder(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_reminder_variables(tx, about_id, channel, language)
    if isinstance(found, Stale):
        return found
    return await _with_link_and_calendar(tx, found, await appointment_of_reminder(tx, about_id), channel)


async def _reminders(tx: Tx, asked: Sequence[tuple[int, str, str]]) -> list[Mapping[str, Any] | Stale]:
    """Many at once. Mail, which carries a file for the calendar, is loaded one by one."""
    loaded = await reminders.load_variables_of_reminders(tx, [(id_, language) for id_, _, language in asked])
    linked = [
        visit if visit is not None and channel != "email" and not isinstance(found, Stale) else None
        for (found, visit), (_, channel, _) in zip(loaded, asked, strict=True)
    ]
    links = iter(await manage_links(tx, [visit for visit in linked if visit is not None]))
    made: list[Mapping[str, Any] | Stale] = []
    for (found, _), visit, (about_id, channel, language) in zip(loaded, linked, asked, strict=True):
        if isinstance(found, Stale):
            made.append(found)
        elif visit is not None and (link := next(links)) is not None:
            made.append({**found, "links": {"manage": link}})
        else:
            made.append(await _reminder(tx, about_id, channel, language))
    return made


async def _with_link_and_calendar(
    tx: Tx, variables: dict[str, object], appointment_id: int, channel: str
) -> dict[str, object]:
    """Adds the link by which the patient acts, and for mail the calendar entry: rooms that reminders do not know."""
    added: dict[str, object] = {"links": {"manage": await manage_link(tx, appointment_id)}}
    if channel == "email":
        visit = await appointment(tx, appointment_id)
        place = await hospital(tx, visit.hospital_id)
        added["calendar"] = calendar_file(visit, place_name=place.name, address=place.address).decode()
    return {**variables, **added}


async def _payout(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    """The statement goes along by mail."""
    found = await load_payout_variables(tx, about_id, language)
    if isinstance(found, Stale) or channel != "email":
        return found
    name = statement_file_name(await payout(tx, about_id))
    statement = await statement_pdf(tx, about_id, language)
    return {**found, "attachments": [Attachment(name=name, media_type="application/pdf", content=statement)]}


async def _contract(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    one = await contract(tx, about_id)
    if one.terminated_on is not None:
        return Stale("The contract was terminated meanwhile.")
    return _contract_words(one, language)


def _contract_words(one: Contract, language: str) -> Mapping[str, Any]:
    return owner_relations.contract_words(
        number=one.number, title=one.title, ends_on=one.ends_on, notice_days=one.notice_days, language=language
    )


async def _owners_records(tx: Tx, owner_id: int, language: str, user: SignedIn) -> Mapping[str, Any]:
    """For previews: an owner with their newest payout and contract, as far as `user` sees them."""
    whose = await seen_owner(tx, owner_id=owner_id, user=user)
    known: dict[str, Any] = {"owner": {"name": whose.name}, "recipient": {"name": whose.name}}
    if user.may(Permission.CONTRACTS_READ):
        theirs = (one for one in await contracts_of(tx, owner_id=owner_id) if user.works_at(one.hospital_id))
        if newest := next((one for one in theirs if one.terminated_on is None), None):
            known |= _contract_words(newest, language)
    if user.may(Permission.PAYOUTS_READ):
        known |= await load_newest_payout_variables(tx, owner_id, language, user.hospitals)
    return known


async def _emergency(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    return await reminders.load_emergency_variables(tx, about_id)


async def _survey(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    link = await owner_relations.survey_link(tx, about_id)
    return link if isinstance(link, Stale) else {"links": {"survey": link}}


async def _feedback_invitation(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    return await feedback.load_feedback_variables(tx, about_id, language)


async def _feedback(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    return await feedback.load_answer_variables(tx, about_id)


async def _owner_communication(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    """What is said to an owner may be about something that has words of its own, and carries links made for it."""
    said = await owner_relations.said(tx, about_id)
    known = await owner_relations.load_owner_variables(tx, said)
    links = dict(known.pop("links"))
    found: Mapping[str, Any] | Stale = {}
    if said.about is not None and said.about_id is not None:
        if said.about == "contract_version":
            links["sign"] = await signing_link(tx, version_id=said.about_id, owner_id=said.owner_id, actor=SYSTEM)
        elif said.about in LOADERS:
            found = await LOADERS[said.about](tx, said.about_id, channel, language)
    if isinstance(found, Stale):
        return found
    return {**known, **found, "links": {**links, **found.get("links", {})}}


async def _loyalty(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    return await loyalty.load_loyalty_variables(tx, about_id, language)


async def _loyalty_expiry(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    return await loyalty.load_loyalty_variables(tx, about_id, language, expiring=True)


# What messages are about, and who knows the words for it just before they leave.
LOADERS: dict[str, Loader] = {
    "appointment": _appointment,
    "cancelled_appointment": _cancelled_appointment,
    "reminder": _reminder,
    "payout": _payout,
    "contract": _contract,
    "survey": _survey,
    "emergency_notification": _emergency,
    "feedback_invitation": _feedback_invitation,
    loyalty.ABOUT: _loyalty,
    loyalty.ABOUT_EXPIRY: _loyalty_expiry,
    "feedback": _feedback,
    owner_relations.COMMUNICATION: _owner_communication,
}


# The same for those of which many leave at once.
LOADERS_OF_MANY: dict[str, LoaderOfMany] = {"reminder": _reminders}


async def _patients_records(
    tx: Tx, patient_id: int, language: str, hospital_ids: list[int] | None
) -> Mapping[str, Any]:
    """For previews: what is said of a patient's next visit at these hospitals, and of the vaccination they lack."""
    visit: Mapping[str, Any] = await reminders.load_next_visit(tx, patient_id, language, hospital_ids)
    lacks = await campaigns.vaccine_due(tx, patient_id=patient_id, language=language)
    return {**visit, "patient": {**visit.get("patient", {}), **lacks.get("patient", {})}}


async def _patient_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    return {one.id: one.name for one in await patients(tx, ids=ids)}


# What notes, tags, custom fields and tasks may be about, by noun.
SUBJECTS: dict[str, Subject] = {
    "patient": Subject(
        label="Patient", seen_with=Permission.PATIENTS_READ, page="/patients/{id}", names=_patient_names
    ),
    "owner": OWNER_SUBJECT,
    "message": MESSAGE_SUBJECT,
    "conversation": CONVERSATION_SUBJECT,
    "contract": CONTRACT_SUBJECT,
    "payout": PAYOUT_SUBJECT,
    "feedback": feedback.FEEDBACK_SUBJECT,
    "campaign": campaigns.CAMPAIGN_SUBJECT,
}


def install(*, public_url: str) -> None:
    """Hands the tables and the address of links to the rooms below, which know nothing of each other."""
    install_reactions(REACTIONS)
    install_loaders(LOADERS, of_many=LOADERS_OF_MANY)
    install_subjects(SUBJECTS)
    install_records(of_patient=_patients_records, of_owner=_owners_records)
    install_public_url(public_url)
    install_pictures_url(public_url)
    install_signing_url(public_url)
    owner_relations.install_public_url(public_url)
    messaging.install_public_url(public_url)
    messaging.install_lists(of=campaigns.lists_of, leave=campaigns.leave)
    campaigns.install_public_url(public_url)
    feedback.install_public_url(public_url)
    loyalty.install_public_url(public_url)
