"""From a friend's link through online booking to points, as a phone without scripts goes it."""

from collections.abc import Awaitable, Callable

import pytest

from bedside import reactions
from bedside.event_log import SYSTEM
from bedside.loyalty import store_referrals
from bedside.loyalty.awarding import award
from bedside.scheduling import check_in, complete
from tests.patient_access.conftest import Browser, bellevue, code_sent, house, phone
from tests.reminders.conftest import ANNAS_PHONE, House

__all__ = ["bellevue", "house", "phone"]

Phone = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def annas_code(house: House) -> str:
    """The code by which Anna brings friends."""
    reactions.install(public_url="http://bedside.test")
    async with house.database.transaction() as tx:
        await award(
            tx, patient_id=house.bellevue.anna, points=1, rule="manual", source="manual:1", reason="test", actor=SYSTEM
        )
        return str(await store_referrals.code_of(tx, house.bellevue.anna))


async def booked_by_invitation(browser: Browser, house: House, code: str, **who: str) -> Browser:
    """From the link to the visit."""
    await browser.open(f"/r/{code}")
    await browser.send(f"/r/{code}", hospital="bellevue-general")
    assert browser.path == "/book/bellevue-general"
    await browser.choose_first_time()
    assert "A friend invited you." in browser.text
    await browser.tell(**who)
    return await browser.send("/code", code=await code_sent(house))


async def referrals(house: House) -> list[tuple[object, ...]]:
    """Who was brought by whom."""
    async with house.database.transaction() as tx:
        return await tx.rows(
            """select f.referrer_id, p.first_name, f.status, f.because from loyalty.referrals f
               join crm.patients p on p.id = f.friend_id"""
        )


async def test_a_friend_follows_the_link_books_and_comes(house: House, phone: Phone, annas_code: str) -> None:
    browser = await booked_by_invitation(await phone(), house, annas_code)
    assert browser.path.startswith("/m/")
    anna = house.bellevue.anna
    assert await referrals(house) == [(anna, "Nora", "pending", "")]
    async with house.database.transaction() as tx:
        visit = await tx.value("select max(id) from crm.appointments where status = 'scheduled'")
        await check_in(tx, appointment_id=visit, actor=SYSTEM)
        await complete(tx, appointment_id=visit, actor=SYSTEM)
        lots = await tx.rows(
            "select points from loyalty.point_lots where patient_id = %(a)s and rule = 'referral'", a=anna
        )
    assert await referrals(house) == [(anna, "Nora", "completed", "")]
    assert lots == [(200,)]


async def test_ones_own_link_and_one_from_the_same_phone_bring_nobody(
    house: House, phone: Phone, annas_code: str
) -> None:
    await booked_by_invitation(
        await phone(), house, annas_code, first_name="Anna", last_name="Avery", phone=ANNAS_PHONE
    )
    assert await referrals(house) == []
    browser = await booked_by_invitation(await phone("203.0.113.8"), house, annas_code, phone=ANNAS_PHONE)
    assert browser.path.startswith("/m/")
    assert await referrals(house) == [(house.bellevue.anna, "Nora", "refused", "both have the same phone")]


async def test_an_invitation_that_is_none_leads_to_booking_all_the_same(house: House, phone: Phone) -> None:
    browser = await phone()
    answer = await browser.client.get("/r/C2F4-GH67")
    assert answer.status_code == 404
    browser.client.cookies.set("bedside_referral", "C2F4-GH67")
    await browser.choose_first_time()
    await browser.tell()
    await browser.send("/code", code=await code_sent(house))
    assert browser.path.startswith("/m/")
    assert await referrals(house) == []
