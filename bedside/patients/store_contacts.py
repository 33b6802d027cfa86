"""SQL of contact points, identifiers and consents."""

from bedside.kit.database import Tx
from bedside.patients.model import Consent, ConsentGiven, ContactPoint, ContactPointGiven, Identifier


async def contact_points(tx: Tx, patient_id: int) -> list[ContactPoint]:
    """A patient's phones and emails, in the order they are tried in."""
    return await tx.all(
        ContactPoint,
        """select id, kind, value, label, position, takes_sms, takes_whatsapp, verified_at from crm.contact_points
           where patient_id = %(id)s order by kind desc, position""",
        id=patient_id,
    )


async def insert_contact(tx: Tx, *, patient_id: int, kind: str, value: str, position: int = 0) -> None:
    """Adds a phone or email at a position that is free."""
    await tx.execute(
        """insert into crm.contact_points (patient_id, kind, value, position, created_at)
           values (%(id)s, %(kind)s, %(value)s, %(position)s, %(now)s)""",
        id=patient_id,
        kind=kind,
        value=value,
        position=position,
    )


async def replace_contacts(tx: Tx, *, patient_id: int, points: list[ContactPointGiven]) -> None:
    """Makes these a patient's phones and emails, in this order; what stays keeps its id and when it was verified."""
    await tx.execute(
        """delete from crm.contact_points where patient_id = %(id)s
             and (kind, value) not in (select * from unnest(%(kinds)s::text[], %(values)s::text[]))""",
        id=patient_id,
        kinds=[one.kind for one in points],
        values=[one.value for one in points],
    )
    # out of the way first, so that no two stand at one position in between
    await tx.execute(
        "update crm.contact_points set position = position + 1000 where patient_id = %(id)s", id=patient_id
    )
    places = {"phone": 0, "email": 0}
    rows = []
    for one in points:
        rows.append(
            {
                "id": patient_id,
                "kind": one.kind,
                "value": one.value,
                "label": one.label,
                "position": places[one.kind],
                "takes_sms": one.takes_sms,
                "takes_whatsapp": one.takes_whatsapp,
            }
        )
        places[one.kind] += 1
    await tx.execute_many(
        """insert into crm.contact_points (patient_id, kind, value, label, position, takes_sms, takes_whatsapp,
                                           created_at)
           values (%(id)s, %(kind)s, %(value)s, %(label)s, %(position)s, %(takes_sms)s, %(takes_whatsapp)s, %(now)s)
           on conflict (patient_id, kind, value) do update set label = excluded.label, position = excluded.position,
               takes_sms = excluded.takes_sms, takes_whatsapp = excluded.takes_whatsapp""",
        rows,
    )


async def mark_verified(tx: Tx, *, patient_id: int, value: str) -> None:
    """Keeps that a phone or email was proved to be theirs now."""
    await tx.execute(
        "update crm.contact_points set verified_at = %(now)s where patient_id = %(id)s and value = %(value)s",
        id=patient_id,
        value=value,
    )


async def identifiers(tx: Tx, patient_id: int) -> list[Identifier]:
    """A patient's identifiers in other systems."""
    return await tx.all(
        Identifier,
        "select id, system, value from crm.patient_identifiers where patient_id = %(id)s order by system, value",
        id=patient_id,
    )


async def insert_identifier(tx: Tx, *, patient_id: int, system: str, value: str) -> Identifier | None:
    """Adds an identifier; None where it is somebody's already."""
    return await tx.maybe(
        Identifier,
        """insert into crm.patient_identifiers (patient_id, system, value, created_at)
           values (%(id)s, %(system)s, %(value)s, %(now)s) on conflict (system, value) do nothing
           returning id, system, value""",
        id=patient_id,
        system=system,
        value=value,
    )


async def identified(tx: Tx, *, system: str, value: str) -> int | None:
    """The patient who has an identifier."""
    found = await tx.value(
        "select patient_id from crm.patient_identifiers where system = %(system)s and value = %(value)s",
        system=system,
        value=value,
    )
    return None if found is None else int(found)


async def delete_identifier(tx: Tx, *, patient_id: int, identifier_id: int) -> Identifier | None:
    """Takes an identifier away and gives what it was; None where the patient has no such one."""
    return await tx.maybe(
        Identifier,
        """delete from crm.patient_identifiers where id = %(id)s and patient_id = %(patient)s
           returning id, system, value""",
        id=identifier_id,
        patient=patient_id,
    )


async def insert_consents(tx: Tx, *, patient_id: int, given: list[ConsentGiven], recorded_by: str) -> None:
    """Adds lines to the history of consent."""
    await tx.execute(
        """insert into crm.consents (patient_id, channel, purpose, granted, how, words, recorded_by, at)
           select %(id)s, *, %(by)s, %(now)s from unnest(%(channels)s::text[], %(purposes)s::text[],
               %(granted)s::boolean[], %(how)s::text[], %(words)s::text[])""",
        id=patient_id,
        by=recorded_by,
        channels=[one.channel for one in given],
        purposes=[one.purpose for one in given],
        granted=[one.granted for one in given],
        how=[one.how for one in given],
        words=[one.words for one in given],
    )


async def consents(tx: Tx, patient_id: int) -> list[Consent]:
    """The history of consent, newest first."""
    return await tx.all(
        Consent,
        """select id, channel, purpose, granted, how, words, recorded_by, at from crm.consents
           where patient_id = %(id)s order by id desc""",
        id=patient_id,
    )


async def consents_in_force(tx: Tx, patient_id: int) -> list[Consent]:
    """The newest word for each channel and purpose."""
    return await tx.all(
        Consent,
        """select distinct on (channel, purpose) id, channel, purpose, granted, how, words, recorded_by, at
           from crm.consents where patient_id = %(id)s order by channel, purpose, id desc""",
        id=patient_id,
    )
