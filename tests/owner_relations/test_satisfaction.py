"""How satisfied owners are: ratings by the API, what follows from a low one, surveys answered once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.owner_relations import satisfaction, store_satisfaction, surveys
from bedside.owner_relations.satisfaction_model import NewSatisfaction, SurveyOver
from bedside.owners import NewOwner, add_owner
from tests.owner_relations.talking import Talk


def path(talk: Talk) -> str:
    """Where Harbor's ratings are."""
    return f"/api/owners/{talk.owner_id}/satisfaction"


async def tasks(talk: Talk) -> list[tuple[str, str]]:
    """Priority and title of open tasks about Harbor."""
    async with talk.office.database.transaction() as tx:
        found = await tx.rows("select priority, title from crm.tasks where subject = 'owner' order by id")
    return [(row[0], row[1]) for row in found]


async def test_a_rating_with_categories_is_kept_as_it_was_given(talk: Talk) -> None:
    body = {"rating": 4.5, "categories": {"payments": 5, "growth": "0", "support": None}, "words": "Prompt, as ever."}
    status, made = await talk.post(path(talk), body)
    assert (status, made["overall"], made["score"], made["words"]) == (201, "4.5", "4.50", "Prompt, as ever.")
    assert made["categories"] == {
        "payments": "5.0", "communication": None, "transparency": None, "support": None, "growth": "0.0",
    }  # fmt: skip
    assert (made["source"], made["createdByName"][:7]) == ("staff", "Finance")
    status, page = await talk.get(path(talk))
    assert (status, page["items"]) == (200, [made])
    assert page["summary"]["latest"] == "4.50"
    overall = page["summary"]["comparisons"][0]
    assert (overall["mean"], overall["answers"], overall["others"], overall["withheld"]) == ("4.50", 1, None, True)


async def test_without_an_overall_rating_the_mean_of_the_categories_counts(talk: Talk) -> None:
    _, made = await talk.post(path(talk), {"categories": {"payments": 4, "support": 4.5, "growth": 5}})
    assert (made["overall"], made["score"]) == (None, "4.50")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rating": 5.5}, "/rating"),
        ({"rating": -0.5}, "/rating"),
        ({"rating": "4.3"}, "/rating"),
        ({"rating": "NaN"}, "/rating"),
        ({"rating": "1e9"}, "/rating"),
        ({"rating": True}, "/rating"),
        ({"overall": "good"}, "/overall"),
        ({"rating": 4, "overall": 3}, "/overall"),
        ({"categories": {"support": 6}}, "/categories/support"),
        ({}, "/rating"),
        ({"words": "Only words"}, "/rating"),
        ({"rating": 4, "surveyDate": "2999-01-01"}, "/surveyDate"),
        ({"rating": 4, "surveyDate": "1066-10-14"}, "/surveyDate"),
        ({"rating": 4, "surveyDate": "2026-02-30"}, "/surveyDate"),
        ({"rating": 4, "hospitalId": 999999}, "/hospitalId"),
    ],
)
async def test_what_cannot_be_rated_is_refused_with_its_place(talk: Talk, body: Any, pointer: str) -> None:
    status, problem = await talk.post(path(talk), body)
    assert status in {404, 422}, problem
    assert problem["errors"][0]["pointer"] == pointer, problem
    assert await talk.value("select count(*) from crm.owner_satisfaction") == 0


async def test_the_same_rating_counts_however_it_is_written(talk: Talk) -> None:
    status, made = await talk.post(path(talk), {"rating": "4", "overall": 4.0})
    assert (status, made.get("overall")) == (201, "4.0")


async def test_one_idempotency_key_rates_once(talk: Talk) -> None:
    first = await talk.post(path(talk), {"rating": 4}, idempotency_key="october")
    assert await talk.post(path(talk), {"rating": 4}, idempotency_key="october") == first
    assert await talk.value("select count(*) from crm.owner_satisfaction") == 1


async def test_a_low_rating_opens_an_urgent_task_and_a_fall_warns(talk: Talk, clock: SetClock) -> None:
    today = clock.now().date()
    for days, rating in ((60, 5), (30, 4.5), (20, 4)):
        await talk.post(path(talk), {"rating": rating, "surveyDate": str(today - timedelta(days=days))})
    assert await tasks(talk) == []
    await talk.post(path(talk), {"rating": 3})
    assert await tasks(talk) == [("normal", "Harbor Health is less satisfied: 3.0, down by 1.3")]
    await talk.post(path(talk), {"rating": 0})
    assert (await tasks(talk))[1:] == [
        ("normal", "Harbor Health is less satisfied: 0.0, down by 3.5"),
        ("urgent", "Harbor Health rated us 0.0 of 5: call them"),
    ]
    assert await talk.value("select bool_and(due_at is not null) from crm.tasks where subject = 'owner'")


async def test_an_older_rating_written_down_late_is_no_fall(talk: Talk) -> None:
    """Somebody enters last year's answer after this month's: it fell from nothing."""
    await talk.post(path(talk), {"rating": 5})
    await talk.post(path(talk), {"rating": 3, "surveyDate": "2020-05-01"})
    assert await tasks(talk) == []


async def test_an_owner_reads_their_own_ratings_and_nobody_elses(talk: Talk) -> None:
    await talk.post(path(talk), {"rating": 4})
    async with talk.office.database.transaction() as tx:
        other = await add_owner(tx, new=NewOwner(name="Lakeside"), actor=SYSTEM)
    assert (await talk.get(path(talk), await talk.as_owner()))[0] == 200
    assert (await talk.get(path(talk), await talk.as_owner(other.id)))[0] in {403, 404}
    assert (await talk.post(path(talk), {"rating": 5}, await talk.as_owner()))[0] == 403
    assert (await talk.get("/api/owner-satisfaction/report", await talk.as_owner()))[0] == 403


async def test_the_report_compares_equal_windows_and_says_how_many_answered(talk: Talk, clock: SetClock) -> None:
    today = clock.now().date()
    for days, rating in ((10, 4), (20, 5), (100, 2.5), (150, 3)):
        await talk.post(path(talk), {"rating": rating, "surveyDate": str(today - timedelta(days=days))})
    status, report = await talk.get("/api/owner-satisfaction/report?months=3")
    assert status == 200
    since, until = date.fromisoformat(report["since"]), date.fromisoformat(report["until"])
    assert 90 <= (until - since).days <= 93
    overall = report["trends"][0]
    assert (overall["mean"], overall["answers"], overall["before"], overall["answersBefore"], overall["change"]) == (
        "4.50", 2, "2.75", 2, "+1.75",
    )  # fmt: skip
    assert overall["few"]
    assert report["distribution"] == {"0": 0, "1": 0, "2": 0, "3": 0, "4": 1, "5": 1}
    assert (await talk.get("/api/owner-satisfaction/report?months=0"))[0] in {400, 422}
    async with talk.web.get("/api/owner-satisfaction/report/export", headers=talk.finance) as answer:
        lines = (await answer.text()).splitlines()
    assert lines[0].endswith("owner,owner id,latest,latest on,mean,answers,fell by")
    assert lines[1].startswith("Harbor Health,")


async def test_a_name_in_the_export_is_no_formula(talk: Talk) -> None:
    async with talk.office.database.transaction() as tx:
        await tx.execute("update crm.hospital_owners set name = '=HYPERLINK(1)' where id = %(id)s", id=talk.owner_id)
    await talk.post(path(talk), {"rating": 4})
    async with talk.web.get("/api/owner-satisfaction/report/export", headers=talk.finance) as answer:
        assert "'=HYPERLINK(1)" in await answer.text()


async def test_another_hospitals_staff_see_no_rating_of_this_owner(talk: Talk) -> None:
    await talk.post(path(talk), {"rating": 4})
    elsewhere = await talk.as_role("finance", hospitals=[])
    assert (await talk.get(path(talk), elsewhere))[0] == 404
    status, report = await talk.get("/api/owner-satisfaction/report", elsewhere)
    assert (status, report["answers"], report["owners"]) == (200, 0, [])
    assert (await talk.get(f"/api/owner-satisfaction/report?hospitalId={talk.office.hospital}", elsewhere))[0] == 403


async def test_the_policy_is_changed_by_its_version(talk: Talk) -> None:
    _, policy = await talk.get("/api/owner-survey-policy")
    assert (policy["everyMonths"], policy["openDays"], policy["warnAtFall"]) == (3, 30, "1.0")
    status, changed = await talk.send("PATCH", "/api/owner-survey-policy", {"everyMonths": 6}, If_Match='"1"')
    assert (status, changed["everyMonths"], changed["openDays"], changed["version"]) == (200, 6, 30, 2)
    assert (await talk.send("PATCH", "/api/owner-survey-policy", {"everyMonths": 9}, If_Match='"1"'))[0] == 412
    for wrong, pointer in (({"warnAtFall": 0}, "/warnAtFall"), ({"everyMonths": 25}, "/everyMonths")):
        status, problem = await talk.send("PATCH", "/api/owner-survey-policy", wrong)
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer)


async def ask(talk: Talk) -> dict[str, Any]:
    """Asks Harbor now."""
    status, made = await talk.post(f"/api/owners/{talk.owner_id}/surveys", {})
    assert status == 201, made
    return dict(made)


async def test_a_survey_reaches_the_owners_phone_with_a_link_that_answers_it(talk: Talk) -> None:
    await ask(talk)
    await talk.office.delivered()
    [mail] = talk.office.phone("harbor@example.org")
    token = mail.body.partition("/survey/")[2].split()[0]
    async with talk.office.database.transaction() as tx:
        found = await surveys.open_survey(tx, token)
        kept = await surveys.answer(tx, survey=found, new=NewSatisfaction(rating=4.5), source="link")
    assert (kept.score, kept.source, kept.created_by_name) == ("4.50", "link", "Harbor Health")
    async with talk.office.database.transaction() as tx:
        with pytest.raises(SurveyOver) as over:
            await surveys.open_survey(tx, token)
    assert "answered" in over.value.detail
    # neither the log nor what staff read shows the link, which would answer in the owner's name
    [entry] = await talk.log()
    assert token not in str(entry)


async def test_asking_twice_a_day_is_refused(talk: Talk) -> None:
    await ask(talk)
    status, problem = await talk.post(f"/api/owners/{talk.owner_id}/surveys", {})
    assert (status, problem["type"]) == (409, "/problems/survey-asked-already")


async def test_two_people_with_the_same_survey_answer_it_once(talk: Talk) -> None:
    made = await ask(talk)

    async def answer(rating: int) -> str:
        try:
            async with talk.office.database.transaction() as tx:
                found = await surveys.own_survey(tx, survey_id=made["id"], owner_id=talk.owner_id)
                kept = await surveys.answer(tx, survey=found, new=NewSatisfaction(rating=rating), source="portal")
        except SurveyOver:
            return "over"
        return kept.score

    outcomes = await asyncio.gather(*(answer(1 + number % 5) for number in range(8)))
    assert sorted(outcomes)[-7:] == ["over"] * 7
    assert await talk.value("select count(*) from crm.owner_satisfaction") == 1


async def _share_since(talk: Talk, starts_on: date) -> None:
    """Harbor shares in revenue by a signed contract from this day on."""
    async with talk.office.database.transaction() as tx:
        contract_id = await tx.value(
            """insert into crm.owner_contracts (number, hospital_id, owner_id, title, currency, starts_on, renewal,
                   notice_days, signed_at, created_by_name, created_at, updated_at)
               values ('C-1', %(place)s, %(owner)s, 'Share', 'USD', %(starts)s, 'none', 90, %(now)s, '', %(now)s,
                   %(now)s) returning id""",
            place=talk.office.hospital,
            owner=talk.owner_id,
            starts=starts_on,
        )
        await tx.execute(
            "insert into crm.contract_parties (contract_id, owner_id) values (%(contract)s, %(owner)s)",
            contract=contract_id,
            owner=talk.owner_id,
        )


async def test_who_is_due_is_asked_once_an_interval_however_often_it_runs(talk: Talk, clock: SetClock) -> None:
    today = clock.now().date()
    await surveys.ask_who_is_due(talk.office.database)
    assert await talk.value("select count(*) from crm.owner_surveys") == 0  # shares in nothing
    await _share_since(talk, today - timedelta(days=200))
    for _ in range(2):
        await surveys.ask_who_is_due(talk.office.database)
    await asyncio.gather(*(surveys.ask_who_is_due(talk.office.database) for _ in range(4)))
    assert await talk.value("select count(*) from crm.owner_surveys") == 1
    clock.set(datetime.combine(today + timedelta(days=93), datetime.min.time(), UTC))
    await surveys.ask_who_is_due(talk.office.database)
    assert await talk.value("select count(*) from crm.owner_surveys") == 2
    async with talk.office.database.transaction() as tx:
        await tx.execute("update crm.owner_survey_policy set enabled = false")
    clock.set(datetime.combine(today + timedelta(days=190), datetime.min.time(), UTC))
    await surveys.ask_who_is_due(talk.office.database)
    assert await talk.value("select count(*) from crm.owner_surveys") == 2


async def test_a_survey_answered_meanwhile_or_over_is_not_sent(talk: Talk) -> None:
    made = await ask(talk)
    async with talk.office.database.transaction() as tx:
        found = await surveys.own_survey(tx, survey_id=made["id"], owner_id=talk.owner_id)
        await surveys.answer(tx, survey=found, new=NewSatisfaction(rating=4), source="portal")
    await talk.office.delivered()
    assert talk.office.phone("harbor@example.org") == []


async def test_the_median_of_five_others_is_shown(talk: Talk) -> None:
    async with talk.office.database.transaction() as tx:
        for number in range(5):
            other = await add_owner(tx, new=NewOwner(name=f"Owner {number}"), actor=SYSTEM)
            new = NewSatisfaction(rating=number)
            await satisfaction.record_satisfaction(tx, owner_id=other.id, new=new, source="api", actor=SYSTEM)
    await talk.post(path(talk), {"rating": 4.5})
    _, page = await talk.get(path(talk))
    overall = page["summary"]["comparisons"][0]
    assert (overall["mean"], overall["others"], overall["otherOwners"], overall["withheld"]) == (
        "4.50",
        "2.00",
        5,
        False,
    )
    assert page["summary"]["comparisons"][1]["withheld"]


async def test_the_database_keeps_to_half_steps_by_itself(talk: Talk) -> None:
    async with talk.office.database.transaction() as tx:
        row: dict[str, Any] = dict.fromkeys(("payments", "communication", "transparency", "support", "growth"))
        row |= {"owner_id": talk.owner_id, "hospital_id": None, "survey_id": None, "surveyed_on": tx.now.date()}
        row |= {"words": "", "source": "api", "by": "somebody"}
        for overall in ("4.3", "5.5", "-0.5", None):
            with pytest.raises(Exception, match="check constraint"):
                async with tx.savepoint():
                    await store_satisfaction.insert(tx, row | {"overall": overall})
