"""SQL of what patients and owners agreed to and refused, over everybody."""

from datetime import datetime
from typing import LiteralString

from bedside.kit.http.paging import Key, Listing
from bedside.kit.wire import Wire


class ConsentOfPerson(Wire, kw_only=True):
    """A word that somebody gave about being written to. `inForce`: it is their newest about the channel and purpose."""

    id: int
    person_kind: str
    person_id: int
    name: str
    channel: str
    purpose: str
    granted: bool
    how: str
    words: str
    recorded_by: str
    at: datetime
    in_force: bool


_SORTS = {
    "id": (Key("c.id", "bigint", "id"),),
    "name": (Key("t.name", "text", "name"), Key("c.id", "bigint", "id")),
}
_FILTERS: dict[str, LiteralString] = {
    "person_id": "t.person_id = %(person_id)s",
    "channel": "c.channel = %(channel)s",
    "purpose": "c.purpose = %(purpose)s",
    "granted": "c.granted = %(granted)s",
    "in_force": "t.in_force = %(in_force)s",
    "since": "c.at >= %(since)s",
    "until": "c.at < %(until)s",
}

OF_PATIENTS: Listing[ConsentOfPerson] = Listing(
    into=ConsentOfPerson,
    select="""
select c.id, 'patient' as person_kind, t.person_id, t.name, c.channel, c.purpose, c.granted, c.how, c.words,
       c.recorded_by, c.at, t.in_force
from crm.consents c join crm.patients p on p.id = c.patient_id
cross join lateral (
    select p.id as person_id, p.first_name || ' ' || p.last_name as name, not exists (
        select from crm.consents n where n.patient_id = c.patient_id and n.channel = c.channel
          and n.purpose = c.purpose and n.id > c.id) as in_force) t
""",
    sorts=_SORTS,
    default_sort="-id",
    filters=_FILTERS | {"hospital_id": "p.hospital_id = %(hospital_id)s"},
)

OF_OWNERS: Listing[ConsentOfPerson] = Listing(
    into=ConsentOfPerson,
    select="""
select c.id, 'owner' as person_kind, t.person_id, t.name, c.channel, c.purpose, c.granted, c.how, c.words,
       c.recorded_by, c.at, t.in_force
from crm.owner_consents c join crm.hospital_owners o on o.id = c.owner_id
cross join lateral (
    select o.id as person_id, o.name, not exists (
        select from crm.owner_consents n where n.owner_id = c.owner_id and n.channel = c.channel
          and n.purpose = c.purpose and n.id > c.id) as in_force) t
""",
    sorts=_SORTS,
    default_sort="-id",
    filters=_FILTERS
    | {
        "hospital_id": """exists (select from crm.owner_hospitals w
                                  where w.owner_id = o.id and w.hospital_id = %(hospital_id)s)""",
        # an owner is seen by who works where they have a part, and by everybody where they have none
        "within": """(exists (select from crm.owner_hospitals w
                              where w.owner_id = o.id and w.hospital_id = any(%(within)s))
                      or not exists (select from crm.owner_hospitals w where w.owner_id = o.id))""",
    },
)
