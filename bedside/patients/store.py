"""SQL of patients' records, and of how they can be reached."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.patients.model import Patient, PossibleDuplicate, Reachability

_COLUMNS: LiteralString = """
select p.id, p.record_number, p.first_name, p.last_name,
       (select c.value from crm.contact_points c
        where c.patient_id = p.id and c.kind = 'phone' and c.position = 0) as phone,
       (select c.value from crm.contact_points c
        where c.patient_id = p.id and c.kind = 'email' and c.position = 0) as email,
       p.date_of_birth, p.sex, p.language, p.time_zone, p.preferred_channel, p.hospital_id, p.address,
       p.archived_at, p.merged_into, p.created_at, p.updated_at, p.version"""
_FROM: LiteralString = "\nfrom crm.patients p\n"
PATIENT: LiteralString = _COLUMNS + _FROM


class Listed(Patient, kw_only=True):
    """A patient in the list, with what the list is sorted by, which its cursor carries."""

    sort_last_name: str
    sort_first_name: str


FILTERS: dict[str, LiteralString] = {
    "archived": "(p.archived_at is not null) = %(archived)s",
    # said apart from the one above: only so does the planner see that the partial index by name will do
    "present": "p.archived_at is null",
    "hospital_id": "p.hospital_id = %(hospital_id)s",
    "language": "p.language = %(language)s",
    "tag": """exists (select 1 from crm.taggings t join crm.tags g on g.id = t.tag_id
                      where t.subject = 'patient' and t.subject_id = p.id and lower(g.name) = lower(%(tag)s))""",
    "ids": "p.id = any(%(ids)s)",
}

PATIENTS = Listing(
    into=Listed,
    select=_COLUMNS
    + """, crm.searchable(p.last_name) as sort_last_name, crm.searchable(p.first_name) as sort_first_name """
    + _FROM,
    sorts={
        "name": (
            Key('(crm.searchable(p.last_name) collate "C")', "text", "sort_last_name"),
            Key('(crm.searchable(p.first_name) collate "C")', "text", "sort_first_name"),
            Key("p.id", "bigint", "id"),
        ),
        "created": (Key("p.created_at", "timestamptz", "created_at"), Key("p.id", "bigint", "id")),
        "id": (Key("p.id", "bigint", "id"),),
    },
    default_sort="name",
    filters=FILTERS,
)


async def patient(tx: Tx, patient_id: int) -> Patient | None:
    """A patient, archived or not."""
    return await tx.maybe(Patient, PATIENT + "where p.id = %(id)s", id=patient_id)


async def patients(tx: Tx, ids: list[int]) -> list[Patient]:
    """Patients with the ids given, archived or not."""
    return await tx.all(Patient, PATIENT + "where p.id = any(%(ids)s) order by p.id", ids=ids)


async def lock_patient(tx: Tx, patient_id: int) -> Patient | None:
    """A patient, for changing them."""
    return await tx.maybe(Patient, PATIENT + "where p.id = %(id)s for no key update of p", id=patient_id)


async def patients_at(tx: Tx, value: str) -> list[Patient]:
    """Patients, not archived, who are reached at a phone or email: a family shares one."""
    return await tx.all(
        Patient,
        PATIENT
        + """where p.archived_at is null
               and p.id in (select patient_id from crm.contact_points where value = %(value)s)
             order by p.id limit 50""",
        value=value,
    )


async def insert_patient(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a patient under the next record number and gives the id."""
    return int(
        await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, date_of_birth, sex, language, time_zone,
                   preferred_channel, hospital_id, address, created_at, updated_at)
               values (nextval('crm.record_numbers')::text, %(first_name)s, %(last_name)s, %(date_of_birth)s, %(sex)s,
                   %(language)s, %(time_zone)s, %(preferred_channel)s, %(hospital_id)s, %(address)s, %(now)s, %(now)s)
               returning id""",
            **row,
        )
    )


async def update_patient(tx: Tx, changed: Patient) -> int:
    """Writes a patient's own row and gives the new version; contact points are written apart."""
    return int(
        await tx.value(
            """update crm.patients set first_name = %(first_name)s, last_name = %(last_name)s,
                   date_of_birth = %(date_of_birth)s, sex = %(sex)s, language = %(language)s,
                   time_zone = %(time_zone)s, preferred_channel = %(preferred_channel)s,
                   hospital_id = %(hospital_id)s, address = %(address)s, archived_at = %(archived_at)s,
                   version = version + 1, updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )


async def touch(tx: Tx, patient_id: int) -> None:
    """Counts the version up: something that belongs to the record was changed."""
    await tx.execute(
        "update crm.patients set version = version + 1, updated_at = %(now)s where id = %(id)s", id=patient_id
    )


async def possible_duplicates(
    tx: Tx, *, first_name: str, last_name: str, born: date | None, phone: str | None, email: str | None, but: int
) -> list[PossibleDuplicate]:
    """Who may be the same person: reached at the same place and alike in name or birth date, or the same in both."""
    return await tx.all(
        PossibleDuplicate,
        """with alike as (
               select p.id, case when c.kind = 'phone' then 'the same phone' else 'the same email' end
                      || case when p.date_of_birth = %(born)s then ' and birth date'
                              else ' and a similar name' end as because
               from crm.contact_points c join crm.patients p on p.id = c.patient_id
               where c.value in (%(phone)s, %(email)s)
                 and (p.date_of_birth = %(born)s
                      or similarity(crm.searchable(p.first_name || ' ' || p.last_name),
                                    crm.searchable(%(first)s || ' ' || %(last)s)) > 0.45)
               union all
               select p.id, 'the same name and birth date'
               from crm.patients p
               where p.archived_at is null and p.date_of_birth = %(born)s
                 and (crm.searchable(p.last_name) collate "C") = crm.searchable(%(last)s)
                 and (crm.searchable(p.first_name) collate "C") = crm.searchable(%(first)s))
           select p.id, p.record_number, p.first_name, p.last_name, p.date_of_birth,
                  (select c.value from crm.contact_points c
                   where c.patient_id = p.id and c.kind = 'phone' and c.position = 0) as phone,
                  min(alike.because) as because
           from alike join crm.patients p on p.id = alike.id
           where p.archived_at is null and p.id <> %(but)s
           group by p.id order by p.id limit 10""",
        first=first_name,
        last=last_name,
        born=born,
        phone=phone,
        email=email,
        but=but,
    )


_REACHABILITY: LiteralString = """
select p.id as patient_id, p.first_name, p.last_name, p.language, p.preferred_channel,
       coalesce(p.time_zone, h.time_zone) as time_zone, p.hospital_id, p.archived_at is not null as archived,
       phone.value as phone, email.value as email,
       coalesce(phone.takes_sms, false) as takes_sms, coalesce(phone.takes_whatsapp, false) as takes_whatsapp,
       coalesce((select jsonb_object_agg(said.about, said.granted) from (
           select distinct on (channel, purpose) channel || ':' || purpose as about, granted
           from crm.consents c where c.patient_id = p.id order by channel, purpose, id desc) said), '{}') as consents
from crm.patients p
left join crm.hospitals h on h.id = p.hospital_id
left join crm.contact_points phone on phone.patient_id = p.id and phone.kind = 'phone' and phone.position = 0
left join crm.contact_points email on email.patient_id = p.id and email.kind = 'email' and email.position = 0
"""


async def reachability(tx: Tx, patient_id: int) -> Reachability | None:
    """How a patient can be written to, and may be: one query, since every booking asks."""
    return await tx.maybe(Reachability, _REACHABILITY + "where p.id = %(id)s", id=patient_id)


async def reachabilities(tx: Tx, ids: list[int]) -> list[Reachability]:
    """The same of many patients, in one query."""
    return await tx.all(Reachability, _REACHABILITY + "where p.id = any(%(ids)s)", ids=ids)


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """First and last names by id; ids of nobody are left out."""
    found = await tx.rows(
        "select id, first_name || ' ' || last_name from crm.patients where id = any(%(ids)s)", ids=ids
    )
    return {row[0]: row[1] for row in found}


async def countries(tx: Tx) -> list[str]:
    """The countries that the group has hospitals in."""
    found = await tx.rows("select distinct country from crm.hospitals where archived_at is null order by 1")
    return [row[0] for row in found]


async def first_country(tx: Tx) -> str | None:
    """The country of the group's first hospital, for phones given without one."""
    country: str | None = await tx.value(
        "select country from crm.hospitals where archived_at is null order by id limit 1"
    )
    return country


def export(tx: Tx, ids: list[int] | None, filters: dict[str, Any]) -> AsyncIterator[Patient]:
    """Patients one by one, by id, however many: memory stays flat. A filter that is None does not count."""
    return tx.stream(
        Patient,
        PATIENT
        + """where (%(ids)s::bigint[] is null or p.id = any(%(ids)s))
               and (%(archived)s::boolean is null or (p.archived_at is not null) = %(archived)s)
               and (%(hospital_id)s::bigint is null or p.hospital_id = %(hospital_id)s)
               and (%(language)s::text is null or p.language = %(language)s)
               and (%(tag)s::text is null or exists (
                    select 1 from crm.taggings t join crm.tags g on g.id = t.tag_id
                    where t.subject = 'patient' and t.subject_id = p.id and lower(g.name) = lower(%(tag)s)))
             order by p.id""",
        ids=ids,
        archived=filters.get("archived"),
        hospital_id=filters.get("hospital_id"),
        language=filters.get("language"),
        tag=filters.get("tag"),
    )
