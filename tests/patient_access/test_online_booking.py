"""Booking online, told by who does it: without scripts, with a phone that has to be proved, within limits."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from bedside.event_log import newest
from bedside.patient_access.languages import LANGUAGES
from bedside.patient_access.online import is_same_person
from bedside.patients import patient
from tests.patient_access.conftest import START, Browser, code_sent
from tests.patient_access.people import somebody
from tests.reminders.conftest import ANNAS_PHONE, House

Phone = Callable[..., Awaitable[Browser]]


async def booked(browser: Browser, house: House, **who: str) -> Browser:
    """Goes all the way."""
    await browser.choose_first_time()
    await browser.tell(**who)
    return await browser.send("/code", code=await code_sent(house))


async def test_somebody_new_books_from_the_first_page_to_the_confirmation(phone: Phone, house: House) -> None:
    nora = await phone()
    await nora.open(START)
    assert "Cardiology" in nora.text
    assert "Next free: Mon, Mar 1, 10:00 AM" in nora.text
    await nora.open(f"{START}/1")
    assert "Whom would you like to see?" in nora.text
    assert "Dr. Amelia Smith" in nora.text
    await nora.choose_first_time()
    assert "Who is coming?" in nora.text
    await nora.tell(email="nora@example.org", date_of_birth="1990-05-04", marketing="yes")
    assert "number that ends in 50" in nora.text
    await nora.send("/code", code=await code_sent(house))
    assert "You are booked, Nora" in nora.text
    assert nora.path.startswith("/m/")

    row = await house.bellevue.value("select max(id) from crm.patients")
    async with house.database.transaction() as tx:
        made = await patient(tx, row)
        visits = await tx.rows("select status, source, patient_id from crm.appointments where status <> 'cancelled'")
        consents = await tx.rows(
            "select channel, purpose, how, words from crm.consents where patient_id = %(id)s order by id", id=row
        )
        verified = await tx.value(
            "select verified_at from crm.contact_points where patient_id = %(id)s and kind = 'phone'", id=row
        )
    assert (made.name, made.phone, made.email) == ("Nora Nielsen", "+12125550150", "nora@example.org")
    assert visits == [("scheduled", "online", row)]
    assert [(channel, purpose) for channel, purpose, _, _ in consents] == [
        (channel, purpose) for purpose in ("transactional", "marketing") for channel in ("sms", "whatsapp", "email")
    ]
    assert consents[0][2:] == (
        "online booking", "Bellevue General may write to me about my visits by SMS, WhatsApp or email.",
    )  # fmt: skip
    assert verified == house.clock.now()
    [confirmation] = await house.deliver()
    assert "you are booked with Dr. Amelia Smith" in confirmation.body


async def test_a_patient_whom_we_know_is_found_by_the_proved_phone_and_the_name(phone: Phone, house: House) -> None:
    await booked(await phone(), house, first_name="ANNA ", last_name="Ávery", phone=ANNAS_PHONE)
    assert await house.bellevue.value("select patient_id from crm.appointments") == house.bellevue.anna


async def test_somebody_of_the_same_family_phone_gets_a_record_of_their_own(phone: Phone, house: House) -> None:
    await booked(await phone(), house, first_name="Mia", last_name="Avery", phone=ANNAS_PHONE)
    assert await house.bellevue.value("select patient_id from crm.appointments") not in (None, house.bellevue.anna)


async def test_nobody_learns_whether_a_phone_is_known(phone: Phone, house: House) -> None:
    pages = []
    for number in (ANNAS_PHONE, "+12125550151"):
        browser = await (await phone()).choose_first_time()
        await browser.tell(phone=number)
        pages.append(browser.text.replace("ends in 01", "ends in 51"))
    first, second = (page.partition("Book the visit")[0] for page in pages)
    assert first == second


def test_the_same_name_with_another_birth_date_is_somebody_else() -> None:
    anna = somebody("Anna", "Avery", born=date(1980, 1, 2))
    assert is_same_person(anna, first_name="anna", last_name="AVERY", date_of_birth=None)
    assert is_same_person(anna, first_name="Änna", last_name="Avery", date_of_birth=date(1980, 1, 2))
    assert not is_same_person(anna, first_name="Anna", last_name="Avery", date_of_birth=date(1981, 1, 2))
    assert not is_same_person(anna, first_name="Ann", last_name="Avery", date_of_birth=None)


async def test_five_wrong_codes_and_the_right_one_opens_nothing(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    code = await code_sent(house)
    wrong = "000000" if code != "000000" else "111111"
    for left in ("4 more tries", "3 more tries", "2 more tries", "One more try"):
        await browser.send("/code", code=wrong)
        assert browser.answer.status_code == 422
        assert left in browser.text
    await browser.send("/code", code=wrong)
    assert "too many tries" in browser.text
    await browser.send("/code", code=code)
    assert "too many tries" in browser.text
    assert await house.bellevue.value("select count(*) from crm.patients") == 2


async def test_a_code_is_too_old_after_ten_minutes(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    code = await code_sent(house)
    house.clock.advance(timedelta(minutes=10, seconds=1))
    await browser.send("/code", code=code)
    assert "too old" in browser.text
    await browser.send("/resend")
    await browser.send("/code", code=await code_sent(house))
    assert "You are booked, Nora" in browser.text


async def test_another_code_takes_half_a_minute_and_there_are_three(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    await browser.send("/resend")
    assert "Half a minute after the last one" in browser.text
    for _ in range(2):
        house.clock.advance(timedelta(seconds=30))
        await browser.send("/resend")
        assert "Another code is on its way" in browser.text
    assert "No code has come?" in browser.text
    assert await house.bellevue.value("select count(*) from communications.message_queue") == 3


async def test_a_phone_gets_five_codes_an_hour_whoever_asks_from_wherever(phone: Phone, house: House) -> None:
    for visitor in range(5):
        await (await (await phone(f"203.0.113.{visitor}")).choose_first_time(button=visitor)).tell()
    sixth = await (await phone("203.0.113.99")).choose_first_time(button=6)
    await sixth.tell()
    assert sixth.answer.status_code == 429
    assert "Too many codes" in sixth.text
    house.clock.advance(timedelta(hours=1, seconds=1))
    later = await (await phone("203.0.113.99")).choose_first_time(button=6)
    await later.tell()
    assert later.answer.status_code == 200


async def test_one_address_holds_six_times_at_once_at_most(phone: Phone, house: House) -> None:
    for number in range(6):
        assert (await (await phone()).choose_first_time(button=number)).path.startswith(f"{START}/now/")
    assert (await (await phone()).choose_first_time(button=7)).answer.status_code == 429
    assert (await (await phone("203.0.113.8")).choose_first_time(button=7)).answer.status_code == 200


async def test_choosing_another_time_lets_go_of_the_first_and_keeps_what_was_told(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    token = browser.path.rpartition("/")[2]
    await browser.open(f"{START}/1/times?with=any&before={token}")
    await browser.send("/times", button=3)
    assert 'value="Nora"' in browser.answer.text
    held = await house.bellevue.value("select count(*) from crm.appointments where status = 'held'")
    assert held == 1


async def test_a_hold_that_ran_out_says_so_and_offers_the_next_times(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    code = await code_sent(house)
    house.clock.advance(timedelta(minutes=9, seconds=59))
    await browser.send("/resend")
    code = await code_sent(house)
    house.clock.advance(timedelta(minutes=5, seconds=2))
    await browser.send("/code", code=code)
    assert "The time was held for you for a while" in browser.text
    await browser.send("/times", button=1)
    assert 'value="Nora"' in browser.answer.text
    await browser.tell()
    await browser.send("/code", code=await code_sent(house))
    assert "You are booked" in browser.text


async def test_two_after_one_time_and_one_gets_it(phone: Phone, house: House) -> None:
    first, second = await phone("203.0.113.1"), await phone("203.0.113.2")
    for browser in (first, second):
        await browser.open(f"{START}/1/times?with=any")
    await asyncio.gather(first.send("/times"), second.send("/times"))
    texts = sorted(["Who is coming?" in first.text, "Who is coming?" in second.text])
    assert texts == [False, True]
    loser = second if "Who is coming?" in first.text else first
    assert "just been taken" in loser.text
    assert "11:00 AM" in loser.text


async def test_a_time_that_nobody_offered_is_not_held(phone: Phone, house: House) -> None:
    browser = await phone()
    for starts_at in ("2027-03-07T10:00:00-05:00", "2027-03-08T03:00:00-05:00", "2027-03-08T10:00:00", "now"):
        await browser.open(f"{START}/1/times?with=any")
        await browser.send("/times", starts_at=starts_at)
        assert "When would you like to come?" in browser.text
    await browser.send("/times", practitioner_id="999999")
    await house.bellevue.execute("update crm.departments set online_booking = false")
    await browser.open(f"{START}/1/times")
    assert browser.path == START
    assert await house.bellevue.value("select count(*) from crm.appointments") == 0


async def test_a_program_that_fills_in_every_field_gets_no_code(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell(website="https://example.org")
    assert await house.bellevue.value("select count(*) from communications.message_queue") == 0


async def test_what_is_wrong_is_said_at_the_field_and_what_was_right_stays(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell(phone="12", date_of_birth="2090-01-01", email="no", consent="", first_name="  ")
    assert browser.answer.status_code == 422
    for words in ("cannot be a phone number", "cannot be a date of birth", "cannot be an email", "Please give a name"):
        assert words in browser.text
    assert "Without this we cannot send you the code" in browser.text
    assert 'value="Nielsen"' in browser.answer.text


async def test_the_code_is_nowhere_once_it_was_sent(phone: Phone, house: House) -> None:
    browser = await (await phone()).choose_first_time()
    await browser.tell()
    code = await code_sent(house)
    await browser.send("/code", code=code)
    token = browser.path.rpartition("/")[2]
    for table in ("communications.message_queue", "crm.event_log", "crm.audit_log", "crm.online_bookings"):
        async with house.database.transaction() as tx:
            rows = str(await tx.rows(f"select to_jsonb(one)::text from {table} one"))  # type: ignore[arg-type]
        assert f'"{code}"' not in rows
        assert f"{code} is" not in rows
        assert token not in rows


async def test_the_pages_speak_the_language_of_who_opens_them(phone: Phone, house: House) -> None:
    browser = await phone()
    await browser.open(START, **{"accept-language": "de, es-MX;q=0.8, en;q=0.5"})
    assert "Reservar una cita" in browser.text
    await browser.open(f"{START}?lang=ar")
    assert 'dir="rtl"' in browser.answer.text
    await browser.open(f"{START}/1/times?with=any")  # it stays
    assert "متى تود الحضور؟" in browser.text
    await browser.send("/times")
    await browser.tell()
    await house.deliver()
    assert "رمز" in house.carriers["twilio"].taken[-1].body
    row = await house.bellevue.value("select language from crm.online_bookings")
    assert row == "ar"


async def test_a_group_of_hospitals_asks_where_first(phone: Phone, house: House) -> None:
    browser = await phone()
    assert (await browser.open("/book")).path == START
    await house.bellevue.add_hospital("Harbour Clinic", "America/Chicago")
    await browser.open("/book")
    assert "Where would you like to come?" in browser.text
    assert 'href="/book/harbour-clinic"' in browser.answer.text


def test_every_language_says_everything_with_the_same_values() -> None:
    english = LANGUAGES["en"]
    for there in LANGUAGES.values():
        assert there.keys() == english.keys()
        for key, text in english.items():
            assert set(re.findall(r"{(\w+)}", there[key])) == set(re.findall(r"{(\w+)}", text)), key


async def test_a_burst_from_one_address_holds_six_times_too(phone: Phone, house: House) -> None:
    visitors = [await (await phone()).open(f"{START}/1/times?with=any") for _ in range(10)]
    answers = await asyncio.gather(*(one.send("/times", button=number) for number, one in enumerate(visitors, 1)))
    assert sorted(one.answer.status_code for one in answers) == [200] * 6 + [429] * 4
    assert await house.bellevue.value("select count(*) from crm.appointments where status = 'held'") == 6


async def test_a_household_with_many_ipv6_addresses_counts_as_one(phone: Phone, house: House) -> None:
    for number in range(6):
        assert (await (await phone(f"2001:db8:1:2::{number}")).choose_first_time(button=number)).answer.is_success
    seventh = await (await phone("2001:db8:1:2:ffff::1")).choose_first_time(button=7)
    neighbour = await (await phone("2001:db8:1:3::1")).choose_first_time(button=7)
    assert (seventh.answer.status_code, neighbour.answer.status_code) == (429, 200)


async def test_naming_another_phone_afterwards_gives_the_first_no_more_codes(phone: Phone, house: House) -> None:
    for visitor in range(5):
        browser = await (await phone(f"203.0.113.{visitor}")).choose_first_time(button=visitor)
        await browser.tell()
        await browser.open(browser.path + "?edit=1")
        await browser.tell(phone=f"(212) 555-016{visitor}")
    sixth = await (await phone("203.0.113.99")).choose_first_time(button=6)
    await sixth.tell()
    assert sixth.answer.status_code == 429


async def test_who_comes_by_a_friends_invitation_says_so_with_the_booking(phone: Phone, house: House) -> None:
    browser = await phone()
    browser.client.cookies.set("bedside_referral", "C2F4-GH67")
    await browser.choose_first_time()
    assert "A friend invited you." in browser.text
    await browser.tell()
    await browser.send("/code", code=await code_sent(house))
    assert browser.path.startswith("/m/")
    async with house.database.transaction() as tx:
        told = await newest(tx, seen_with=["appointments:read"], hospital_ids=None)
    codes = [one.data.get("referral_code") or one.data.get("referralCode") for one in told if "referral" in one.kind]
    assert codes == ["C2F4-GH67"]


async def test_what_is_no_code_in_the_cookie_is_left_where_it_is(phone: Phone, house: House) -> None:
    browser = await phone()
    browser.client.cookies.set("bedside_referral", "<script>")
    await booked(browser, house)
    async with house.database.transaction() as tx:
        assert await tx.value("select referral_code from crm.online_bookings") is None
