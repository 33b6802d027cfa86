"""Whom rules about vaccinations name, by an index; and what a message says of the dose that somebody lacks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from psycopg import sql

from bedside.campaigns import store_reach, store_rules
from bedside.campaigns.audiences import check_rule
from bedside.campaigns.model import WordsLack
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.message_templates import Channel, ship_templates
from tests.campaigns.conftest import People, rule_from
from tests.campaigns.marketing import Marketing
from tests.campaigns.test_rules import asks


async def dose(tx: Tx, patient_id: int, vaccine: str, *, days: int, given: int | None = None, number: int = 1) -> None:
    """A dose due so many days from today, and given so many days ago, if it was."""
    today = tx.now.date()
    await tx.execute(
        """insert into crm.vaccinations (patient_id, vaccine, dose, due_on, given_on, created_at, updated_at)
           values (%(patient)s, %(vaccine)s, %(dose)s, %(due)s, %(given)s, %(now)s, %(now)s)""",
        patient=patient_id,
        vaccine=vaccine,
        dose=number,
        due=today + timedelta(days=days),
        given=None if given is None else today - timedelta(days=given),
    )


@pytest.fixture
async def vaccinated(people: People) -> People:
    """Ada is 40 days late for influenza, and due for shingles in ten; Bo had influenza; Cleo's is due today; Dan has
    nothing."""
    await dose(people.tx, people.ids["Ada"], "influenza", days=-40)
    await dose(people.tx, people.ids["Ada"], "shingles", days=10)
    await dose(people.tx, people.ids["Bo"], "influenza", days=-40, given=3)
    await dose(people.tx, people.ids["Bo"], "influenza", days=362, number=2)
    await dose(people.tx, people.ids["Cleo"], "influenza", days=0)
    return people


def due(operator: str, days: int, *of: str) -> dict[str, Any]:
    """A condition on a dose."""
    return asks("vaccination_due", operator, {"days": days, "of": list(of)} if of else {"days": days})


EXPECTED: list[tuple[dict[str, Any], set[str]]] = [
    (asks("vaccination_overdue", "is_one_of", ["influenza"]), {"Ada"}),
    (asks("vaccination_overdue", "is_one_of", ["shingles", "mmr"]), set()),
    (asks("vaccination_overdue", "is_none_of", ["influenza"]), {"Bo", "Cleo", "Dan"}),
    (due("due_within_days", 0), {"Cleo"}),
    (due("due_within_days", 10), {"Ada", "Cleo"}),
    (due("due_within_days", 9), {"Cleo"}),
    # the days and the vaccine hold of one dose: Ada's influenza is not due in ten days, though something is
    (due("due_within_days", 10, "influenza"), {"Cleo"}),
    (due("due_within_days", 10, "shingles", "mmr"), {"Ada"}),
    (due("due_within_days", 400, "influenza"), {"Bo", "Cleo"}),
    (due("overdue_by_days", 40), {"Ada"}),
    (due("overdue_by_days", 41), set()),
    (due("overdue_by_days", 0), {"Ada"}),
    (due("overdue_by_days", 1, "shingles"), set()),
    (
        {
            "match": "all",
            "rules": [
                {"match": "any", "rules": [due("due_within_days", 10), asks("sex", "is_one_of", ["male"])]},
                {"match": "none", "rules": [asks("vaccination_overdue", "is_one_of", ["influenza"])]},
            ],
        },
        {"Cleo", "Dan"},
    ),
]


async def test_a_dose_that_is_due_or_overdue_names_people(vaccinated: People) -> None:
    for rule, named in EXPECTED:
        assert await vaccinated.named(rule) == named, rule


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (asks("vaccination_overdue", "is_one_of", ["plague"]), "no vaccines plague"),
        (asks("vaccination_overdue", "is_one_of", [3]), "words"),
        (due("due_within_days", 30, "plague"), "no vaccines plague"),
        (due("due_within_days", -1), "whole number of days"),
        (asks("vaccination_due", "due_within_days", 30), "days"),
        (asks("vaccination_due", "due_within_days", {"of": ["mmr"]}), "days"),
        (asks("vaccination_due", "due_within_days", {"days": True}), "whole number of days"),
        (asks("vaccination_due", "due_within_days", {"days": 3, "of": "mmr"}), "list"),
        (asks("vaccination_due", "due_within_days", {"days": 3, "of": ["m\0"]}), "words"),
        (asks("vaccination_due", "due_within_days", {"days": 3, "in": []}), "days"),
        (asks("vaccination_due", "is_one_of", ["mmr"]), "due_within_days, overdue_by_days"),
    ],
)
async def test_what_cannot_be_asked_of_a_dose_is_refused(people: People, rule: Mapping[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        await check_rule(people.tx, rule_from(rule), whose="patients", pointer="/rule")
    assert words in f"{refused.value.detail} {vars(refused.value)}"


async def test_a_rule_finds_doses_by_an_index(people: People) -> None:
    tx = people.tx
    await tx.execute(
        """with many as (
               insert into crm.patients (record_number, first_name, last_name, created_at, updated_at)
               select 'M' || n, 'Many', 'Person', %(now)s, %(now)s from generate_series(1, 20000) n returning id)
           insert into crm.vaccinations (patient_id, vaccine, dose, due_on, given_on, created_at, updated_at)
           select id, vaccine, 1, %(now)s::date - (id %% 700)::integer, case when id %% 50 > 0 then %(now)s::date end,
                  %(now)s, %(now)s
           from many, unnest(array['influenza', 'tdap', 'mmr']) vaccine"""
    )
    await tx.execute("analyze crm.patients")
    await tx.execute("analyze crm.vaccinations")
    for asked in (
        asks("vaccination_overdue", "is_one_of", ["influenza"]),
        due("overdue_by_days", 30, "tdap"),
        due("due_within_days", 30),
    ):
        compiled = store_rules.compile_rule(rule_from(asked), whose="patients", custom={})
        query, values = store_reach.people(compiled, whose="patients", within=None, list_id=None)
        plan = "\n".join(row[0] for row in await tx.rows(sql.SQL("explain ") + query, **values))
        assert "vaccinations_lacking" in plan or "vaccinations_overdue" in plan, plan
        assert "Seq Scan on vaccinations" not in plan, plan


async def test_a_message_says_the_dose_that_is_due_first_and_its_day_in_ones_language(marketing: Marketing) -> None:
    english, spanish, nothing = await marketing.people(3)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set language = 'es-MX' where id = %(id)s", id=spanish)
        for one in (english, spanish):
            await dose(tx, one, "shingles", days=30)
            await dose(tx, one, "influenza", days=-400, given=390)
            # both on one day: the name and the day are of the same dose, the first that was written
            await dose(tx, one, "mmr", days=14)
            await dose(tx, one, "tdap", days=14)
    said = "Due: {{ patient.vaccine_due }} on {{ patient.vaccine_due_on }}."
    with pytest.raises(WordsLack) as lack:
        await marketing.launch(channels=[Channel.SMS], message=said)
    assert "patient.vaccine_due" in lack.value.detail
    guarded = "Hello.{% if patient.vaccine_due %} " + said + "{% endif %}"
    campaign = await marketing.launch(channels=[Channel.SMS], message=guarded)
    await marketing.until_done(campaign.id)
    bodies = dict(await marketing.office.rows("select person_id, body from communications.message_queue"))
    assert bodies[english].startswith("Hello. Due: MMR (measles, mumps, rubella) on March 15, 2027.")
    assert bodies[spanish].startswith("Hello. Due: MMR (measles, mumps, rubella) on 15 de marzo de 2027.")
    assert bodies[nothing].startswith("Hello.")
    assert "Due" not in bodies[nothing]


async def test_the_shipped_reminder_names_the_dose_to_who_lacks_one_and_leaves_nobody_a_hole(
    marketing: Marketing,
) -> None:
    everybody = english, spanish, arabic, nothing = await marketing.people(4)
    async with marketing.office.database.transaction() as tx:
        await ship_templates(tx)
        for one, language in ((spanish, "es"), (arabic, "ar")):
            await tx.execute("update crm.patients set language = %(l)s where id = %(id)s", l=language, id=one)
        for one in (english, spanish, arabic):
            await dose(tx, one, "influenza", days=-20)
    for key in ("vaccination_reminder", "flu_vaccination"):
        campaign = await marketing.launch(
            name=key, channels=[Channel.SMS, Channel.WHATSAPP], channel_choice="every", message=None, template_key=key
        )
        await marketing.until_done(campaign.id)
    said = await marketing.office.rows(
        """select person_id, body from communications.message_queue
           where template_key = 'vaccination_reminder' and channel = 'sms'"""
    )
    bodies = dict(said)
    assert set(bodies) == set(everybody)
    assert "Influenza, due February 9, 2027." in bodies[english]
    assert "Influenza, para el 9 de febrero de 2027." in bodies[spanish]
    assert "Influenza، موعده 9 فبراير 2027." in bodies[arabic]
    assert "up to date" in bodies[nothing]
    assert "{" not in "".join(bodies.values())
