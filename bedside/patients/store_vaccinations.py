"""SQL of vaccines and of the doses of patients."""

from datetime import date
from typing import LiteralString

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.patients.vaccination_model import Overdue, Vaccination, Vaccine

_VACCINE: LiteralString = "select code, name, intervals, repeat_months from crm.vaccines"
_DOSE: LiteralString = """
    select v.id, v.patient_id, v.vaccine, c.name as vaccine_name, v.dose, v.due_on, v.given_on, v.hospital_id,
           v.lot_number, v.note, v.version
    from crm.vaccinations v join crm.vaccines c on c.code = v.vaccine"""


class Listed(Overdue, kw_only=True):
    """An overdue dose in the list, with what the list is sorted by, which its cursor carries."""

    sort_name: str


OVERDUE = Listing(
    into=Listed,
    select="""
        select v.id, v.patient_id, p.first_name || ' ' || p.last_name as patient_name, p.record_number,
               (select c.value from crm.contact_points c
                where c.patient_id = p.id and c.kind = 'phone' and c.position = 0) as phone,
               p.hospital_id, v.vaccine, c.name as vaccine_name, v.dose, v.due_on,
               %(now)s::date - v.due_on as days_overdue,
               crm.searchable(p.last_name || ' ' || p.first_name) as sort_name
        from crm.vaccinations v
        join crm.vaccines c on c.code = v.vaccine
        join crm.patients p on p.id = v.patient_id""",
    always="v.given_on is null and v.due_on < %(now)s::date and p.archived_at is null and p.merged_into is null",
    sorts={
        "due": (Key("v.due_on", "date", "due_on"), Key("v.id", "bigint", "id")),
        "name": (
            Key("(crm.searchable(p.last_name || ' ' || p.first_name) collate \"C\")", "text", "sort_name"),
            Key("v.id", "bigint", "id"),
        ),
        "vaccine": (Key('(c.name collate "C")', "text", "vaccine_name"), Key("v.id", "bigint", "id")),
    },
    default_sort="due",
    filters={
        "hospital_id": "p.hospital_id = %(hospital_id)s",
        "vaccine": "v.vaccine = %(vaccine)s",
        "days": "v.due_on <= %(now)s::date - %(days)s::integer",
    },
)


async def vaccines(tx: Tx) -> list[Vaccine]:
    """Every vaccine, by name."""
    return await tx.all(Vaccine, _VACCINE + " order by lower(name)")


async def vaccine(tx: Tx, code: str) -> Vaccine | None:
    """One vaccine."""
    return await tx.maybe(Vaccine, _VACCINE + " where code = %(code)s", code=code)


async def known_vaccine(tx: Tx, code: str) -> Vaccine:
    """A vaccine that a dose is of."""
    return await tx.one(Vaccine, _VACCINE + " where code = %(code)s", code=code)


async def insert_vaccine(tx: Tx, one: Vaccine) -> bool:
    """Adds a vaccine; False where one has its code or name."""
    made = await tx.value(
        """insert into crm.vaccines (code, name, intervals, repeat_months)
           values (%(code)s, %(name)s, %(intervals)s::integer[], %(repeat_months)s)
           on conflict do nothing returning code""",
        code=one.code,
        name=one.name,
        intervals=one.intervals,
        repeat_months=one.repeat_months,
    )
    return made is not None


async def of_patient(tx: Tx, patient_id: int, *, vaccine: str | None = None) -> list[Vaccination]:
    """A patient's doses, what is still to come before what was given, the soonest and then the latest first."""
    return await tx.all(
        Vaccination,
        _DOSE
        + """ where v.patient_id = %(patient)s and (%(vaccine)s::text is null or v.vaccine = %(vaccine)s)
              order by v.given_on desc nulls first, v.due_on, v.id""",
        patient=patient_id,
        vaccine=vaccine,
    )


async def vaccination(tx: Tx, *, patient_id: int, vaccination_id: int) -> Vaccination | None:
    """One dose of a patient."""
    return await tx.maybe(
        Vaccination,
        _DOSE + " where v.patient_id = %(patient)s and v.id = %(id)s",
        patient=patient_id,
        id=vaccination_id,
    )


async def insert(
    tx: Tx, *, patient_id: int, vaccine: str, doses: list[tuple[int, date]], hospital_id: int | None, note: str
) -> list[int]:
    """Plans doses (number and due day); gives their ids in that order. A dose that is there already stays."""
    rows = await tx.rows(
        """insert into crm.vaccinations
               (patient_id, vaccine, dose, due_on, hospital_id, note, created_at, updated_at)
           select %(patient)s, %(vaccine)s, dose, due_on, %(hospital)s, %(note)s, %(now)s, %(now)s
           from unnest(%(doses)s::smallint[], %(days)s::date[]) as planned (dose, due_on) order by dose
           on conflict do nothing returning id""",
        patient=patient_id,
        vaccine=vaccine,
        hospital=hospital_id,
        note=note,
        doses=[dose for dose, _ in doses],
        days=[due_on for _, due_on in doses],
    )
    return [row[0] for row in rows]


async def update(tx: Tx, one: Vaccination) -> None:
    """Writes what may change of a dose."""
    await tx.execute(
        """update crm.vaccinations set due_on = %(due_on)s, given_on = %(given_on)s, hospital_id = %(hospital_id)s,
               lot_number = %(lot_number)s, note = %(note)s, updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=one.id,
        due_on=one.due_on,
        given_on=one.given_on,
        hospital_id=one.hospital_id,
        lot_number=one.lot_number,
        note=one.note,
    )


async def put_off(tx: Tx, later: list[tuple[int, date]]) -> None:
    """Gives doses (by id) another due day."""
    await tx.execute(
        """update crm.vaccinations v set due_on = n.due_on, updated_at = %(now)s, version = version + 1
           from unnest(%(ids)s::bigint[], %(days)s::date[]) as n (id, due_on) where v.id = n.id""",
        ids=[id_ for id_, _ in later],
        days=[due_on for _, due_on in later],
    )


async def delete(tx: Tx, vaccination_id: int) -> None:
    """Takes a dose out."""
    await tx.execute("delete from crm.vaccinations where id = %(id)s", id=vaccination_id)
