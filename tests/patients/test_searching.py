"""One box finds patients by name, misspelt too, by phone from either end, and by any number of theirs."""

import random
from datetime import UTC, datetime

import httpx
import pytest

from bedside.event_log import SYSTEM
from bedside.kit.database import Database, Tx
from bedside.patients import NewPatient, PatientChanges, change, search
from bedside.patients.history import PastPatient, write_patients
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld


async def found(tx: Tx, text: str) -> list[str]:
    return [one.name for one in await search(tx, text=text)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Alvarez", "Maria Alvarez"),
        ("maria alv", "Maria Alvarez"),
        ("alvarez maria", "Maria Alvarez"),
        ("Álvarez", "Maria Alvarez"),
        ("Maira Alvarez", "Maria Alvarez"),
        ("alvraez", "Maria Alvarez"),
        ("oconnor", "James O'Connor"),
        ("O'Conor", "James O'Connor"),
        ("nunez", "Rosa Núñez Ibarra"),
        ("ibarra", "Rosa Núñez Ibarra"),
        ("حداد", "ليلى حداد"),
        ("+1 718 555", "ليلى حداد"),
        ("718555", "ليلى حداد"),
        ("(646) 555-0117", "James O'Connor"),
        ("0117", "James O'Connor"),
        ("50133", "ليلى حداد"),
        ("100002", "James O'Connor"),
        ("rosa.nunez@ex", "Rosa Núñez Ibarra"),
    ],
)
async def test_it_finds_who_is_meant(tx: Tx, world: SmallWorld, typed: str, first: str) -> None:
    assert (await found(tx, typed))[:1] == [first]


async def test_a_family_is_found_by_its_phone(tx: Tx, world: SmallWorld) -> None:
    assert sorted(await found(tx, "0160")) == ["Ben Baker", "Emma Baker", "Tom Baker"]


async def test_what_means_nobody_finds_nobody(tx: Tx, world: SmallWorld) -> None:
    for typed in ("", "   ", "%", "_", "\\", "'", "Zzyzx Qwrtp", "+", "000000000", "a" * 500, "'; drop table x"):
        assert await found(tx, typed) == []


async def test_a_new_name_is_found_at_once(tx: Tx, world: SmallWorld) -> None:
    await change(tx, patient_id=world.tom.id, changes=PatientChanges(last_name="Wojciechowski"), actor=SYSTEM)
    assert await found(tx, "wojcechowski") == ["Tom Wojciechowski"]


async def test_filters_hold_in_search_too(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    frida = await as_role("front_desk")
    for filters, names in (
        ({"q": "haddad"}, []),
        ({"q": "حداد", "language": "ar"}, ["ليلى"]),
        ({"q": "حداد", "language": "en"}, []),
        ({"q": "baker", "hospitalId": world.santa_lucia.id}, []),
        ({"hospitalId": world.santa_lucia.id}, ["Rosa"]),
    ):
        answer = await client.get("/api/patients", params=filters, headers=frida)
        assert [one["firstName"] for one in answer.json()["items"]] == names, filters


async def test_the_list_goes_on_by_name(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, query_count: QueryCount
) -> None:
    frida = await as_role("front_desk")
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/patients", params=query, headers=frida)).json()
        names += [one["lastName"] for one in page["items"]]
        cursor = page["next"]
    assert names == ["Alvarez", "Baker", "Baker", "Baker", "Núñez Ibarra", "O'Connor", "Quiet", "حداد"]
    with query_count() as one:
        await client.get("/api/patients", params={"limit": 1}, headers=frida)
    with query_count() as many:
        await client.get("/api/patients", params={"limit": 20}, headers=frida)
    assert len(one) == len(many)


async def test_an_export_computes_nothing_in_a_spreadsheet(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    async with database.transaction() as tx:
        new = NewPatient(first_name="=HYPERLINK(1)", last_name="-Dash", phone="+12125550190")
        await write_patients(tx, [PastPatient(new, tx.now)])
    answer = await client.get("/api/patients/export", headers=await as_role("front_desk"))
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("record number,first name,last name")
    assert any(line.split(",")[1:3] == ["'=HYPERLINK(1)", "'-Dash"] for line in lines)
    assert any("'+12125550190" in line for line in lines)


async def test_among_many_every_way_of_searching_goes_by_an_index(tx: Tx, world: SmallWorld) -> None:
    await crowd(tx, 20_000)
    await tx.execute("analyze crm.patients")
    await tx.execute("analyze crm.contact_points")
    await tx.execute("analyze crm.name_words")
    for typed, name in (
        ("alvarez maria", "Maria Alvarez"), ("Maira Alvraez", "Maria Alvarez"), ("0133", "ليلى حداد"),
        ("+1718555013", "ليلى حداد"), ("100002", "James O'Connor"),
    ):  # fmt: skip
        before = await rows_read(tx)
        assert name in await found(tx, typed), typed
        assert await rows_read(tx) - before < 3_000, f"“{typed}” read too much"


async def crowd(tx: Tx, number: int) -> None:
    """Patients with names made of syllables, some 4,000 different words."""
    dice = random.Random(7)
    sounds = ["ka", "lo", "mi", "ter", "san", "ve", "dor", "ish", "ban", "qu", "rel", "tom", "gia", "now", "pek", "zu"]

    def word() -> str:
        return "".join(dice.choices(sounds, k=3)).capitalize()

    for start in range(0, number, 5000):
        people = [
            PastPatient(
                NewPatient(first_name=word(), last_name=word(), phone=f"+1914{2000000 + start + n}"),
                datetime(2026, 1, 1, tzinfo=UTC),
            )
            for n in range(min(5000, number - start))
        ]
        await write_patients(tx, people)


async def rows_read(tx: Tx) -> int:
    """How many rows of patients and phones this transaction has read, by whatever way."""
    return int(
        await tx.value(
            """select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables
               where schemaname = 'crm' and relname in ('patients', 'contact_points')"""
        )
    )
