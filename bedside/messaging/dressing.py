"""Whose look mail has: the hospital's that sends it, else the one where the patient is at home."""

from bedside.kit.database import Tx
from bedside.message_templates import Channel, Kit, kits_for
from bedside.messaging.model import Message


async def kits_of(tx: Tx, messages: list[Message]) -> dict[int, Kit]:
    """The kit of each mail among these messages, by the message's id; those whose hospital has none are left out."""
    mails = [one for one in messages if one.channel is Channel.EMAIL]
    if not mails:
        return {}
    of_hospitals, of_patients = await kits_for(
        tx,
        hospital_ids={one.hospital_id for one in mails if one.hospital_id is not None},
        patient_ids={
            one.person_id
            for one in mails
            if one.hospital_id is None and one.person_kind == "patient" and one.person_id is not None
        },
    )
    found: dict[int, Kit] = {}
    for one in mails:
        at_home = of_patients.get(one.person_id or 0) if one.person_kind == "patient" else None
        kit = of_hospitals.get(one.hospital_id) if one.hospital_id is not None else at_home
        if kit is not None:
            found[one.id] = kit
    return found
