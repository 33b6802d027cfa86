"""SQL of what a campaign may say of a person: one expression a variable, read for many at once, and who lacks which."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.rules import Whose
from bedside.campaigns.store_reach import outcomes, take_time
from bedside.kit.database import Tx

_LAST: LiteralString = """(select (max(a.starts_at) at time zone max(h.time_zone))::date
    from crm.appointments a join crm.hospitals h on h.id = a.hospital_id
    where a.patient_id = p.id and a.status = 'completed')"""
_NEXT: LiteralString = """(select (min(a.starts_at) at time zone min(h.time_zone))::date
    from crm.appointments a join crm.hospitals h on h.id = a.hospital_id
    where a.patient_id = p.id and a.status in ('scheduled', 'confirmed') and a.starts_at > %(now)s)"""
_BALANCE: LiteralString = "(select l.balance from loyalty.patient_points l where l.patient_id = p.id)"
_TIER: LiteralString = """(select t.name from loyalty.patient_points l
    join loyalty.tiers t on t.code = l.tier_code
    where l.patient_id = p.id order by t.program_id desc limit 1)"""


def _soonest_dose(column: LiteralString) -> LiteralString:
    """Of the dose that was not given and is due first; every column is of the same one."""
    return f"""(select {column} from crm.vaccinations v join crm.vaccines x on x.code = v.vaccine
        where v.patient_id = p.id and v.given_on is null order by v.due_on, v.id limit 1)"""


def _hospital(column: LiteralString) -> LiteralString:
    return f"(select nullif(trim(h.{column}), '') from crm.hospitals h where h.id = coalesce(%(hospital)s, {{place}}))"


_OF_THE_HOSPITAL: dict[str, LiteralString] = {
    "hospital.name": _hospital("name"),
    "hospital.phone": _hospital("phone"),
    "hospital.address": _hospital("address"),
    "hospital.email": _hospital("email"),
}
VARIABLES: dict[Whose, dict[str, LiteralString]] = {
    "patients": {
        "patient.first_name": "nullif(trim(p.first_name), '')",
        "patient.last_name": "nullif(trim(p.last_name), '')",
        "patient.name": "nullif(trim(p.first_name || ' ' || p.last_name), '')",
        "patient.last_visit": _LAST,
        "patient.next_visit": _NEXT,
        "patient.vaccine_due": _soonest_dose("x.name"),
        "patient.vaccine_due_on": _soonest_dose("v.due_on"),
        "loyalty.balance": _BALANCE,
        "loyalty.tier": _TIER,
        **_OF_THE_HOSPITAL,
    },
    "owners": {
        "owner.name": "nullif(trim(p.name), '')",
        "recipient.name": "nullif(trim(p.name), '')",
        **_OF_THE_HOSPITAL,
    },
}
DATES = frozenset({"patient.last_visit", "patient.next_visit", "patient.vaccine_due_on"})  # said in each one's language
_TABLE: dict[Whose, LiteralString] = {"patients": "crm.patients", "owners": "crm.hospital_owners"}
_PLACE: dict[Whose, LiteralString] = {"patients": "p.hospital_id", "owners": "null::bigint"}
_NAME: dict[Whose, LiteralString] = {"patients": "p.first_name || ' ' || p.last_name", "owners": "p.name"}


class Person(msgspec.Struct):
    """What is known of a person: their language, and the values by the names of the variables."""

    id: int
    language: str
    known: dict[str, Any]


class Lacking(msgspec.Struct):
    """People who lack the same values: which, how many they are, and the names of some."""

    missing: list[str]
    people: int
    names: list[str]


async def values(
    tx: Tx, *, whose: Whose, ids: Sequence[int], names: Iterable[str], hospital_id: int | None
) -> dict[int, Person]:
    """The values of these variables for each of these people, in one query; dates as ISO 8601."""
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(name), _expression(whose, name)) for name in sorted(set(names))
    )
    query = sql.SQL(
        "select p.id, p.language, jsonb_build_object({}) as known from {} p where p.id = any(%(ids)s::bigint[])"
    ).format(pairs, sql.SQL(_TABLE[whose]))
    return {one.id: one for one in await tx.all(Person, query, ids=list(ids), hospital=hospital_id)}


async def lacking(
    tx: Tx,
    *,
    named: sql.Composable,
    values: dict[str, object],
    whose: Whose,
    names: Iterable[str],
    channels: list[str],
    hospital_id: int | None,
) -> list[Lacking]:
    """Of those who are `named` and whom a channel reaches, who lack a value of these variables: by what they lack, the
    most first."""
    flags = sql.SQL(", ").join(
        sql.SQL("case when {} is null then {} end").format(_expression(whose, name), sql.Literal(name))
        for name in sorted(set(names))
    )
    lack_any = sql.SQL(" or ").join(
        sql.SQL("{} is null").format(_expression(whose, name)) for name in sorted(set(names))
    )
    # those first, who are few: what reaches a person is the dearer question
    these = sql.SQL("select n.* from ({}) n join {} p on p.id = n.id where {}").format(
        named, sql.SQL(_TABLE[whose]), lack_any
    )
    query = outcomes(these, whose=whose) + sql.SQL(
        """ select missing, count(*) as people, (array_agg(name order by id))[1:5] as names
           from (select p.id, {} as name, array_remove(array[{}]::text[], null) as missing
                 from {} p where p.id in (select id from outcomes where outcome = 'reached')) looked
           where cardinality(missing) > 0 group by missing order by people desc, missing"""
    ).format(sql.SQL(_NAME[whose]), flags, sql.SQL(_TABLE[whose]))
    await take_time(tx)
    return await tx.all(Lacking, query, **values, channels=channels, hospital=hospital_id)


def _expression(whose: Whose, name: str) -> sql.Composable:
    return sql.SQL(VARIABLES[whose][name].replace("{place}", _PLACE[whose]))
