"""The questions of a journey: who did what is asked goes one way, who did not the other, and a machine did nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bedside.campaigns.walking import asked_again
from bedside.message_templates import Channel
from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound
from bedside.messaging.tracking import Target, note_click, note_open
from tests.campaigns.journeys import Journey, send, wait
from tests.campaigns.marketing import Marketing

BROWSER = {"user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1"}
APPLES_PROXY = {"user-agent": "Mozilla/5.0"}
YES, NO = ["This is a.", "This is yes."], ["This is a.", "This is no."]


def asking(what: str, **more: Any) -> dict[str, Any]:
    """A question with a message on each of its ways."""
    question = {"id": "q", "kind": "if", "asks": what, "withinHours": 48, "yes": [send("yes")], "no": [send("no")]}
    return question | more


class Mailing(Journey):
    """A journey by mail."""

    async def mail(self, *steps: dict[str, Any]) -> None:
        """Launched, its first mail delivered, and long enough ago that a person may have read it."""
        await self.launch(*steps, channels=[Channel.EMAIL], subject="News")
        await self.settle()
        await self.later(seconds=30)

    def read(self, person: int) -> list[str]:
        """The mails that a person has received."""
        return [one.body.split("\n")[0].strip() for one in self.office.phone(f"p{person}@example.org")]

    async def mail_of(self, person: int, step: str = "a") -> int:
        """The message that a step sent to somebody."""
        [(found,)] = await self.office.rows(
            """select message_id from communications.campaign_recipients
               where campaign_id = %(id)s and person_id = %(person)s and step = %(step)s and message_id is not null""",
            id=self.campaign.id,
            person=person,
            step=step,
        )
        return int(found)

    async def opens(self, person: int, *, step: str = "a", headers: dict[str, str] = BROWSER) -> None:
        """Their mail's picture is fetched."""
        message = await self.mail_of(person, step)
        async with self.office.database.transaction() as tx:
            await note_open(tx, message, method="GET", headers=headers)

    async def follows(
        self, person: int, *, position: int = 1, method: str = "GET", headers: dict[str, str] = BROWSER
    ) -> None:
        """A link of their mail is followed."""
        target = Target(message_id=await self.mail_of(person), position=position, url="https://example.org/flu")
        async with self.office.database.transaction() as tx:
            await note_click(tx, target, method=method, headers=headers)


async def test_who_opened_goes_one_way_and_who_did_not_the_other_whatever_their_mail_program_fetches(
    marketing: Marketing,
) -> None:
    reader, machine, both, nobody = await marketing.people(4, email=True)
    journey = Mailing(marketing)
    await journey.mail(send("a"), asking("opened"))
    await journey.opens(reader)
    await journey.opens(machine, headers=APPLES_PROXY)
    await journey.opens(both, headers=APPLES_PROXY)
    await journey.later(minutes=6)
    assert [journey.read(one) for one in (reader, machine, both, nobody)] == [YES, YES[:1], YES[:1], YES[:1]]
    await journey.later(hours=1)
    await journey.opens(both)
    await journey.later(minutes=6)
    assert journey.read(both) == YES
    await journey.later(hours=48)
    assert [journey.read(one) for one in (reader, machine, both, nobody)] == [YES, NO, YES, NO]
    a = await journey.figures_of("a")
    assert (a.sent, a.opened) == (4, 2)


async def test_what_is_opened_before_anybody_could_read_it_was_not_opened_by_a_person(marketing: Marketing) -> None:
    [scanned] = await marketing.people(1, email=True)
    journey = Mailing(marketing)
    await journey.launch(send("a"), asking("opened"), channels=[Channel.EMAIL], subject="News")
    await journey.settle()
    await journey.opens(scanned)
    await journey.follows(scanned)
    await journey.later(minutes=6)
    assert journey.read(scanned) == YES[:1]
    await journey.later(hours=48)
    assert journey.read(scanned) == NO


async def test_by_whatsapp_what_was_read_was_opened(marketing: Marketing) -> None:
    [reader] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("a"), asking("opened"), channels=[Channel.WHATSAPP])
    await journey.settle()
    await journey.later(minutes=6)
    assert [one for one in YES if any(one in got for got in journey.got(reader))] == YES


async def test_who_clicked_goes_one_way_and_who_did_not_the_other_and_scanners_clicked_nothing(
    marketing: Marketing,
) -> None:
    clicker, head, scanner, opener, nobody = await marketing.people(5, email=True)
    journey = Mailing(marketing)
    await journey.mail(send("a"), asking("clicked"))
    await journey.follows(clicker)
    await journey.follows(head, method="HEAD")
    await journey.follows(scanner)
    await journey.follows(scanner, position=2)  # within a second: nobody reads that fast
    await journey.opens(opener)
    await journey.later(minutes=6)
    everybody = (clicker, head, scanner, opener, nobody)
    assert [journey.read(one) for one in everybody] == [YES, YES[:1], YES[:1], YES[:1], YES[:1]]
    await journey.later(hours=48)
    assert [journey.read(one) for one in everybody] == [YES, NO, NO, NO, NO]
    assert (await journey.figures_of("a")).clicked == 1


async def test_a_question_about_an_earlier_message_is_about_that_one(marketing: Marketing) -> None:
    first, second = await marketing.people(2, email=True)
    journey = Mailing(marketing)
    await journey.mail(send("a"), wait("w", days=1), send("b"), asking("opened", of="a", withinHours=2))
    await journey.opens(first)
    await journey.later(days=1)
    await journey.later(minutes=1)
    await journey.opens(second, step="b")
    await journey.later(hours=2)
    assert journey.read(first)[2:] == ["This is yes."]
    assert journey.read(second)[2:] == ["This is no."]


async def test_who_answered_goes_one_way_and_who_did_not_the_other(marketing: Marketing) -> None:
    answers, by_mail, before, stops, by_mail_stops, away = people = await marketing.people(6, email=True)
    journey = Journey(marketing)
    office = marketing.office

    async def writes(person: int, body: str, *, automatic: bool = False) -> None:
        async with office.database.transaction() as tx:
            await receive(
                tx,
                Inbound(
                    channel="email", provider="smtp", provider_id=f"<{person}-{automatic}@example.org>",
                    from_address=f"p{person}@example.org", to_address="hello@example.org", body=body,
                    subject="Re: News", automatic=automatic,
                ),
            )  # fmt: skip

    await writes(before, "When do you open?")
    await journey.launch(send("a"), asking("answered"))
    await journey.settle()
    await journey.later(minutes=1)
    await office.reply("Is it free?", person=f"+1212555{answers:04}")
    await writes(by_mail, "Is it free?")
    await office.reply("STOP", person=f"+1212555{stops:04}")
    await writes(by_mail_stops, "STOP")
    await writes(away, "I am away until Monday.", automatic=True)
    await journey.later(minutes=6)
    assert [journey.got(one)[:2] for one in (answers, by_mail)] == [YES, YES]
    await journey.later(hours=48)
    assert [journey.got(one)[1:2] for one in (before, away)] == [["This is no."], ["This is no."]]
    steps = {person: step for person, _, _, step in await journey.entries()}
    assert {person: steps[person] for person in people} == {
        answers: "yes", by_mail: "yes", before: "no", stops: "no", by_mail_stops: "no", away: "no",
    }  # fmt: skip
    assert (await journey.figures_of("a")).answered == 1  # by the way that it went


async def test_who_booked_goes_one_way_and_who_did_not_the_other(marketing: Marketing) -> None:
    booker, unreached, other = await marketing.people(3)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("delete from crm.contact_points where patient_id = %(id)s", id=unreached)
    journey = Journey(marketing)
    await journey.launch(send("a"), asking("booked"))
    await journey.settle()
    await journey.later(hours=1)
    # who was not written to may book all the same
    for one in (booker, unreached):
        await journey.books(one)
    await journey.later(hours=48)
    assert [journey.got(one) for one in (booker, other)] == [YES, NO]
    steps = {person: step for person, _, _, step in await journey.entries()}
    assert steps[unreached] == "yes"


async def test_who_booked_after_the_first_message_has_not_booked_after_the_second(marketing: Marketing) -> None:
    early, late = await marketing.people(2, email=True)
    journey = Journey(marketing)
    # by either way, so that the ledger has a line of the way that was not taken too
    await journey.launch(
        send("a"), wait("w", days=7), send("b"), asking("booked"), channels=[Channel.SMS, Channel.EMAIL], subject="News"
    )
    await journey.settle()
    await journey.later(days=1)
    await journey.books(early)
    await journey.later(days=6)
    assert (journey.got(early), journey.got(late)) == (["This is a.", "This is b."],) * 2
    await journey.later(hours=1)
    await journey.books(late)
    await journey.later(hours=48)
    assert journey.got(early)[2:] == ["This is no."]
    assert journey.got(late)[2:] == ["This is yes."]


async def test_a_question_that_nobody_was_written_to_about_is_answered_with_no_in_the_end(marketing: Marketing) -> None:
    [phone] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("a", channels=["email"], subject="News"), asking("opened", withinHours=2))
    await journey.settle()
    await journey.later(hours=1)
    assert journey.got(phone) == []
    await journey.later(hours=1)
    assert journey.got(phone) == ["This is no."]
    assert timedelta(hours=2) <= journey.now() - journey.campaign.created_at


def test_a_question_is_asked_often_at_first_and_more_rarely_then() -> None:
    left = now = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    asked: list[timedelta] = []
    while now < left + timedelta(hours=48):
        asked.append(asked_again(now, since=left) - now)
        now += asked[-1]
    assert asked == sorted(asked)
    assert (asked[0], asked[-1]) == (timedelta(minutes=1), timedelta(minutes=5))
    assert asked_again(left + timedelta(minutes=30), since=left) == left + timedelta(minutes=33)
    # hardly more often in all than every five minutes
    assert len(asked) < 48 * 12 * 1.05


async def test_who_answers_gets_what_follows_at_once_and_whoever_waits_goes_on_waiting(marketing: Marketing) -> None:
    answers, silent = await marketing.people(2)
    journey = Journey(marketing)
    await journey.launch(send("a"), asking("answered"))
    waiting = Journey(marketing)
    await waiting.launch(send("b"), wait("w", days=1), asking("answered", of="b"))
    await journey.settle()
    await journey.later(hours=5)
    await marketing.office.reply("Is it free?", person=f"+1212555{answers:04}")
    await journey.settle()
    assert [one for one in journey.got(answers) if "b" not in one] == YES
    assert YES[1] not in journey.got(silent)
    assert [one[2:] for one in await waiting.entries()] == [("going", "w")] * 2
