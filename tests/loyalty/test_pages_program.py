"""Pages of the program, the catalogue and the report: for who plans it, naming nobody to who may not see patients."""

import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.database import Database
from bedside.loyalty.charts import HEIGHT, months_drawn, rounded_up
from bedside.loyalty.member_model import MonthOfPoints
from tests.loyalty.desk import Desk
from tests.loyalty.test_pages import Pages
from tests.web import AsRole
from tests.world import SmallWorld

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f00038501808f5d"
    "b7d90000000049454e44ae426082"
)


@pytest.fixture
async def pages(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Pages:
    """Pages as an administrator sees them."""
    return Pages(await Desk(client, world, database, as_role).sign_in())


def fields_in(page: str) -> dict[str, Any]:
    """What a browser would send of the form of a version, rows of tiers as lists."""
    form = page[page.index('class="program-form"') :]
    made: dict[str, Any] = {}
    for name, value in re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', form):
        made.setdefault(name, []).append(value)
    for name, value in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)<', form):
        made.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        made.setdefault(name, []).append(chosen[1] if chosen else "")
    return made


async def test_a_version_is_looked_at_before_it_is_saved(pages: Pages) -> None:
    desk = pages.desk
    await desk.give(desk.world.maria.id, 450)
    fields = fields_in(await pages.page("/loyalty/program/new"))
    assert fields["tier_name"] == ["Bronze", "Silver", "Gold", "Platinum"]
    fields["tier_threshold"][1] = "450"
    fields |= {"name": ["Thanks"], "value": ["1.50"], "currency": ["USD"], "rule_birthday": ["75"]}
    looked = (await pages.send("/loyalty/program/new", fields | {"act": "preview"})).text
    assert "member goes from Bronze to <strong>Silver</strong>, at once" in looked
    assert "Maria Alvarez" in looked
    assert await desk.rows("programs") == 1  # looking saves nothing
    marketing = await desk.as_role("marketing")
    assert "Maria" not in (await pages.send("/loyalty/program/new", fields, headers=marketing)).text
    saved = await pages.send("/loyalty/program/new", fields | {"act": "save"}, 303)
    assert saved.headers["location"] == "/loyalty/program"
    assert "Version 2 begins March 2, 2027" in await pages.page("/loyalty/program")
    [new, _] = (await desk.get("/api/loyalty/programs"))["items"]
    assert (new["name"], new["hundredPointsMinor"], new["currency"]) == ("Thanks", 150, "USD")
    assert new["rules"]["birthday"] == 75
    assert [tier["code"] for tier in new["tiers"]] == ["bronze", "silver", "gold", "platinum"]
    taken = await pages.send("/loyalty/program/new", fields | {"act": "save"}, 422)
    assert "Another version begins at that very moment" in taken.text
    await pages.send(f"/loyalty/program/{new['id']}/withdraw", {})
    assert "Taken back" in await pages.page("/loyalty/program")
    await pages.send("/loyalty/program/1/withdraw", {}, 409)


async def test_rows_of_tiers_come_and_go_without_a_script(pages: Pages) -> None:
    fields = fields_in(await pages.page("/loyalty/program/new"))
    more = fields_in((await pages.send("/loyalty/program/new", fields | {"act": "add"})).text)
    assert more["tier_name"] == ["Bronze", "Silver", "Gold", "Platinum", ""]
    fewer = fields_in((await pages.send("/loyalty/program/new", more | {"act": "remove-1"})).text)
    assert fewer["tier_name"] == ["Bronze", "Gold", "Platinum", ""]
    fewer["tier_name"][3], fewer["tier_threshold"][3], fewer["tier_benefits"][3] = "Diamond & Co", "9000", "One\n\nTwo"
    await pages.send("/loyalty/program/new", fewer | {"act": "save"}, 303)
    [new, _] = (await pages.desk.get("/api/loyalty/programs"))["items"]
    assert new["tiers"][-1] == {
        "code": "diamond_co", "name": "Diamond & Co", "threshold": 9000, "benefits": ["One", "Two"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("starts_on", "2027-02-28", "cannot begin in the past"),
        ("starts_on", "soon", "Give a day"),
        ("qualification_months", "0", "From 1 to 60"),
        ("rule_visit_completed", "1.5", "A whole number"),
        ("points_last_months", "-1", "From 1 to 120"),
        ("time_zone", "Mars/Olympus", "problem-time_zone"),
        ("name", "", "Give the program a name"),
        ("value", "3", "Choose a currency too"),
        ("limit_admin", "9999999", "A whole number"),
    ],
)
async def test_what_is_wrong_with_a_version_stands_at_its_field(
    pages: Pages, name: str, value: str, problem: str
) -> None:
    fields = fields_in(await pages.page("/loyalty/program/new"))
    answer = await pages.send("/loyalty/program/new", fields | {name: [value], "act": "save"}, 422)
    assert problem in answer.text
    assert await pages.desk.rows("programs") == 1


async def test_thresholds_out_of_order_are_marked_at_their_row(pages: Pages) -> None:
    fields = fields_in(await pages.page("/loyalty/program/new"))
    fields["tier_threshold"][2] = "400"
    answer = await pages.send("/loyalty/program/new", fields | {"act": "save"}, 422)
    assert 'id="problem-tier_threshold_2"' in answer.text
    assert "Gold has to begin above Silver" in answer.text
    bare = await pages.send("/loyalty/program/new", {"act": "save"}, 422)
    assert "one tier at least" in bare.text
    assert await pages.desk.rows("programs") == 1


async def test_a_reward_is_added_with_its_picture_changed_and_put_away(pages: Pages) -> None:
    desk = pages.desk
    fields = {
        "name": "Parking", "points_cost": "80", "description": "A day's parking.", "stock": "3", "tier_code": "silver",
        "available_until": "2027-12-31", "name_ar": "موقف سيارات", "name_es": "Aparcamiento",
    }  # fmt: skip
    answer = await desk.client.post(
        "/loyalty/rewards", data=fields, files={"picture": ("a.png", PNG, "image/png")}, headers=desk.headers
    )
    assert answer.status_code == 200, answer.text
    made = next(one for one in (await desk.get("/api/loyalty/rewards?q=Parking"))["items"] if one["name"] == "Parking")
    assert made["availableUntil"] == "2028-01-01T00:00:00Z"  # the last day is included
    assert made["translations"]["es"]["name"] == "Aparcamiento"
    assert (await desk.client.get(f"/reward-pictures/{made['pictureFileId']}")).content == PNG
    shown = await pages.page("/loyalty/rewards")
    assert "3 left" in shown
    assert "Silver and above" in shown
    form = await pages.page(f"/loyalty/rewards/{made['id']}")
    assert 'value="2027-12-31"' in form
    path = f"/loyalty/rewards/{made['id']}"
    stale = await pages.send(path, fields | {"stock": "9", "version": "1"}, 422)
    assert "Not saved" in stale.text  # its picture changed it since
    version = str(made["version"])
    await pages.send(path, fields | {"stock": "", "version": version, "no_picture": "true", "name_ar": ""})
    now = await desk.get(f"/api/loyalty/rewards/{made['id']}")
    assert (now["stock"], now["pictureFileId"], sorted(now["translations"])) == (None, None, ["es"])
    await pages.send(f"{path}/archive", {})
    assert "Parking" not in await pages.page("/loyalty/rewards")
    assert "Parking" in await pages.page("/loyalty/rewards?show=away")
    await pages.send(f"{path}/archive?back=yes", {})
    assert "Parking" in await pages.page("/loyalty/rewards")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"points_cost": "0"}, "problem-points_cost"),
        ({"points_cost": "many"}, "problem-points_cost"),
        ({"name": ""}, "problem-name"),
        ({"stock": "-1"}, "problem-stock"),
        ({"available_from": "2027-05-01", "available_until": "2027-04-01"}, "problem-available_until"),
        ({"available_from": "soon"}, "problem-available_from"),
        ({"tier_code": "mithril"}, "problem-tier_code"),
        ({"voucher_days": "999"}, "problem-voucher_days"),
    ],
)
async def test_what_is_wrong_with_a_reward_stands_at_its_field(
    pages: Pages, changed: dict[str, str], problem: str
) -> None:
    before = await pages.desk.rows("rewards")
    answer = await pages.send("/loyalty/rewards", {"name": "Tea", "points_cost": "10"} | changed, 422)
    assert problem in answer.text
    assert await pages.desk.rows("rewards") == before


async def test_a_picture_that_is_none_leaves_no_reward(pages: Pages) -> None:
    desk = pages.desk
    before = await desk.rows("rewards")
    answer = await desk.client.post(
        "/loyalty/rewards",
        data={"name": "Tea", "points_cost": "10"},
        files={"picture": ("a.png", b"<svg onload=alert(1)>", "image/png")},
        headers=desk.headers | {"accept": "text/html"},
    )
    assert (answer.status_code, "problem-picture" in answer.text) == (422, True), answer.text
    assert await desk.rows("rewards") == before


async def test_the_report_says_what_is_outstanding_and_names_nobody(pages: Pages) -> None:
    desk = pages.desk
    await desk.give(desk.world.maria.id, 600)
    await desk.redeem(desk.world.maria.id, 1)
    for role in ("finance", "marketing"):
        headers = await desk.as_role(role)
        shown = await pages.page("/loyalty/report", headers=headers)
        assert "350" in shown
        assert "Maria" not in shown
        assert "The program says no value of points" in shown
        assert 'href="/loyalty/report"' in shown
        assert 'href="/loyalty"' not in shown
        await pages.page("/loyalty", 403, headers=headers)
    months = re.search(r'href="(/api/loyalty/report/export[^"]+)"', shown)
    assert months
    table = await desk.client.get(months[1].replace("&amp;", "&"), headers=desk.headers)
    assert "2027-03,600,250,0,0,350" in table.text


@given(st.lists(st.tuples(*[st.integers(0, 10**9)] * 5), max_size=40))
def test_nothing_in_the_chart_stands_outside_of_it(numbers: list[tuple[int, int, int, int, int]]) -> None:
    from datetime import date

    months = [
        MonthOfPoints(
            month=date(2020 + place // 12, place % 12 + 1, 1), earned=a, spent=b, expired=c, reversed=d, outstanding=e
        )
        for place, (a, b, c, d, e) in enumerate(numbers)
    ]
    chart = months_drawn(months)
    assert all(0 <= tall <= HEIGHT for one in chart.columns for tall in (one.earned, one.spent, one.lost))
    assert all(0 <= one.middle <= chart.width for one in chart.columns)
    assert all(0 <= float(point.partition(",")[2]) <= HEIGHT for point in chart.line.split())
    assert sum(one.labelled for one in chart.columns) <= 13


@given(st.integers(-5, 10**12))
def test_a_scale_ends_above_what_it_shows(number: int) -> None:
    assert rounded_up(number) >= max(number, 10)
    assert rounded_up(number) <= max(10, number * 2.5)
