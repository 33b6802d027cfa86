"""Lists are joined and left by a word that people text, once however often it comes, and answered kindly."""

from typing import Any

import httpx
import pytest

from bedside.accounts import SignedIn
from bedside.campaigns import audiences, lists, words
from bedside.campaigns.audience_model import Audience, AudienceChanges, NewAudience
from bedside.campaigns.list_model import NewMembers
from bedside.campaigns.store_words import Holder
from bedside.campaigns.word_model import ListWord, ListWords, how_to_leave, meant
from tests.campaigns.marketing import MARKETING
from tests.post_office import MARIA, PostOffice
from tests.web import AsRole

STOPS = "STOP start Cancel YES help END quit unsubscribe"
CHILD = "update crm.patients set date_of_birth = '2020-01-01' where id = %(id)s"


async def a_list(
    office: PostOffice, *joins: str, leaves: tuple[str, ...] = (), by: SignedIn = MARKETING, **more: Any
) -> Audience:
    """A list with these words."""
    async with office.database.transaction() as tx:
        new = NewAudience(**({"name": "Living with diabetes", "kind": "list"} | more))
        made = await audiences.add(tx, new=new, user=by)
        chosen = ListWords(joins=[ListWord(word=one) for one in joins], leaves=[ListWord(word=one) for one in leaves])
        await words.choose(tx, list_id=made.id, words=chosen, user=by)
    return made


async def on_it(office: PostOffice, one: Audience) -> list[tuple[int, str]]:
    return await office.rows(  # type: ignore[return-value]
        "select person_id, how from communications.audience_members where audience_id = %(id)s order by 1", id=one.id
    )


async def acted(office: PostOffice) -> list[str]:
    return [row[0] for row in await office.rows("select acted from communications.inbound_messages order by id")]


async def another(office: PostOffice, name: str, *, born: str | None) -> int:
    """Somebody else with Maria's phone."""
    async with office.database.transaction() as tx:
        made: int = await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, date_of_birth, language, hospital_id,
                                         created_at, updated_at)
               values ('R' || %(name)s, %(name)s, 'Lopez', %(born)s::date, 'es', %(hospital)s, %(now)s, %(now)s)
               returning id""",
            name=name, born=born, hospital=office.hospital,
        )  # fmt: skip
        await tx.execute(
            """insert into crm.contact_points (patient_id, kind, value, created_at)
               values (%(id)s, 'phone', %(phone)s, %(now)s)""",
            id=made, phone=MARIA,
        )  # fmt: skip
    return made


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_word_puts_a_patient_on_the_list_and_says_how_to_leave(office: PostOffice, channel: str) -> None:
    one = await a_list(office, "Diabetes")
    await office.reply(" diabetes! ", channel=channel)
    assert await on_it(office, one) == [(office.maria, "word")]
    assert await acted(office) == [f"joined: list {one.id}"]
    await office.delivered()
    [answer] = office.phone(channel=channel)
    assert "Living with diabetes" in answer.body
    assert "reply LEAVE Diabetes" in answer.body
    consents = await office.rows(
        "select channel, purpose, granted, how, words from crm.consents where patient_id = %(id)s", id=office.maria
    )
    assert consents == [(channel, "marketing", True, "wrote Diabetes", "“diabetes!”, to join “Living with diabetes”")]
    assert await office.rows("select title from crm.tasks") == []
    [(heard,)] = await office.rows(
        "select patient_id from crm.audit_log where action = 'list.joined' and subject_id = %(id)s", id=one.id
    )
    assert heard == office.maria


async def test_twice_the_same_word_is_answered_kindly_and_adds_once(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    await office.reply("DIABETES")
    await office.reply("Diabetes")
    assert await on_it(office, one) == [(office.maria, "word")]
    await office.delivered()
    bodies = [answer.body for answer in office.phone()]
    assert len(bodies) == 2
    assert "already, so nothing changed" in bodies[-1] or "already, so nothing changed" in bodies[0]
    assert len(await office.rows("select from crm.consents")) == 1


@pytest.mark.parametrize("body", ["LEAVE DIABETES", "Diabetes stop", "stop diabetes", "baja diabetes", "No más azúcar"])
async def test_a_word_leaves(office: PostOffice, body: str) -> None:
    one = await a_list(office, "Diabetes", leaves=("no mas azucar",))
    await office.reply("diabetes")
    await office.reply(body)
    assert await on_it(office, one) == []
    assert await acted(office) == [f"joined: list {one.id}", f"left: list {one.id}"]
    await office.delivered()
    assert any("You have left" in answer.body for answer in office.phone())
    assert any("reply no mas azucar" in answer.body for answer in office.phone())
    assert (await office.queue("sms")).message_id is not None  # it stopped nothing else
    async with office.database.transaction() as tx:
        with pytest.raises(lists.LeftThemselves):
            await lists.put_back(tx, list_id=one.id, person_id=office.maria, user=MARKETING)


async def test_stop_stays_the_carriers_and_a_sentence_stays_a_persons(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    await office.reply("I have diabetes, what do you do about it?")
    assert await on_it(office, one) == []
    assert await acted(office) == [""]
    await office.reply("STOP")
    await office.reply("diabetes")
    assert await on_it(office, one) == []  # everything is stopped: START lifts that, and a person reads this
    assert (await acted(office))[1:] == ["stopped messages", ""]
    await office.reply("START")
    await office.reply("diabetes")
    assert await on_it(office, one) == [(office.maria, "word")]


async def test_who_ended_news_and_asks_for_a_list_gets_it_again(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    async with office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.suppressions (channel, address, purpose, reason, source, at, created_by_name)
               values ('sms', %(phone)s, 'marketing', 'opt_out', 'preference page', %(now)s, 'Maria')""",
            phone=MARIA,
        )
    assert (await office.queue("sms", purpose="marketing")).message_id is None
    await office.reply("diabetes")
    assert await on_it(office, one) == [(office.maria, "word")]
    assert (await office.queue("sms", purpose="marketing")).message_id is not None


async def test_a_number_that_we_do_not_know_is_told_so_once_a_day_and_a_person_reads_it(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    for _ in range(2):
        await office.reply("DIABETES", person="+12125550177")
    assert await on_it(office, one) == []
    assert await acted(office) == ["", ""]
    await office.delivered()
    [answer] = office.phone("+12125550177")
    assert "could not tell who you are" in answer.body
    assert len(await office.rows("select from crm.tasks")) == 1


async def test_a_family_on_one_phone(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    async with office.database.transaction() as tx:
        await tx.execute(CHILD, id=office.maria)
    father = await another(office, "Pedro", born="1980-01-01")
    await office.reply("diabetes")  # the only grown-up of the phone
    assert await on_it(office, one) == [(father, "word")]
    await office.delivered()
    assert "Ya forma parte" in office.phone()[-1].body  # in his language
    async with office.database.transaction() as tx:
        await lists.add(tx, list_id=one.id, new=NewMembers(person_ids=[office.maria]), user=MARKETING)
    await office.reply("diabetes stop")  # what the list sends comes to that phone: all of them leave
    assert await on_it(office, one) == []
    mother = await another(office, "Rosa", born="1985-01-01")
    await office.reply("diabetes")  # the conversation is with the father, whom we answered
    assert await on_it(office, one) == [(father, "word")]
    assert mother != father


def test_whose_word_it_is() -> None:
    def holder(id_: int, *, child: bool = False) -> Holder:
        return Holder(id=id_, name="", language="en", hospital_id=None, is_child=child)

    child, father, mother = holder(1, child=True), holder(2), holder(3)
    assert words.whose_word([], conversation_with=1) is None
    assert words.whose_word([child], conversation_with=None) is child
    assert words.whose_word([child, father], conversation_with=1) is father
    assert words.whose_word([child, father, mother], conversation_with=1) is None
    assert words.whose_word([child, father, mother], conversation_with=3) is mother


async def test_a_hospitals_list_takes_no_strangers_and_what_is_put_away_hears_nothing(office: PostOffice) -> None:
    async with office.database.transaction() as tx:
        other = await tx.value(
            """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Santa Lucia', 'lucia', 'America/New_York', 'USD', %(now)s, %(now)s) returning id"""
        )
    one = await a_list(office, "Diabetes", hospital_id=other)
    await office.reply("diabetes")
    assert await on_it(office, one) == []
    async with office.database.transaction() as tx:
        away = AudienceChanges(archived=True)
        await audiences.change(tx, audience_id=one.id, changes=away, expected_version=None, user=MARKETING)
    ours = await a_list(office, "DIABETES", name="Ours")  # the word is free again
    await office.reply("diabetes")
    assert await on_it(office, ours) == [(office.maria, "word")]
    again = AudienceChanges(archived=False)
    async with office.database.transaction() as tx:
        with pytest.raises(words.WordTaken):
            await audiences.change(tx, audience_id=one.id, changes=again, expected_version=None, user=MARKETING)


async def test_words_that_cannot_be_ones(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    made = await client.post("/api/audiences", headers=headers, json={"name": "Walkers", "kind": "list"})
    path = f"{made.headers['location']}/words"
    refused = f"{STOPS} C x R 1 2 baja sí نعم إلغاء leave ?! W 77".split()
    for word in [*refused, "leave us", "walk stop", "four words are many", "x" * 41, "a\u202eb", "a\nb", ""]:
        answer = await client.put(path, headers=headers, json={"joins": [{"word": word}]})
        assert answer.status_code == 422, (word, answer.text)
        assert answer.json()["errors"][0]["pointer"] == "/joins/0/word", word
    for body in (
        {"joins": [{"word": "walk"}, {"word": "Walk."}]},
        {"leaves": [{"word": "walk"}]},
        {"joins": [{"word": "walk", "language": "xx"}]},
        {"joins": None},
        {"joins": [{"word": "walk", "language": 5}]},
        {"joins": [{"word": f"walk{one}"} for one in "abcdefghijk"]},
    ):
        assert (await client.put(path, headers=headers, json=body)).status_code == 422, body
    chosen = {
        "joins": [{"word": "Walk", "language": None}, {"word": "Caminar", "language": "es"}],
        "leaves": [{"word": "enough", "language": "en"}],
    }
    assert (await client.put(path, headers=headers, json=chosen)).json() == chosen
    assert (await client.get(path, headers=headers)).json() == chosen
    second = await client.post("/api/audiences", headers=headers, json={"name": "Runners", "kind": "list"})
    taken = await client.put(
        f"{second.headers['location']}/words", headers=headers, json={"joins": [{"word": "run"}, {"word": "CAMINAR"}]}
    )
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/list-word-taken")
    assert taken.json()["errors"][0]["pointer"] == "/joins/1/word"
    rule = await client.post("/api/audiences", headers=headers, json={"name": "A rule"})
    assert (await client.get(f"{rule.headers['location']}/words", headers=headers)).status_code == 404


async def test_taking_somebody_off_is_undone(office: PostOffice) -> None:
    one = await a_list(office, "Diabetes")
    await office.reply("diabetes")
    before = await office.rows("select * from communications.audience_members")
    async with office.database.transaction() as tx:
        await lists.remove(tx, list_id=one.id, person_id=office.maria, user=MARKETING)
    assert await on_it(office, one) == []
    async with office.database.transaction() as tx:
        await lists.put_back(tx, list_id=one.id, person_id=office.maria, user=MARKETING)
    assert await office.rows("select * from communications.audience_members") == before
    async with office.database.transaction() as tx:
        with pytest.raises(lists.NotTakenOff):
            await lists.put_back(tx, list_id=one.id, person_id=office.maria, user=MARKETING)


def test_what_a_message_may_mean() -> None:
    assert meant("Diabetes!") == ("diabetes", [])
    assert meant("STOP  Diabetes") == ("stop diabetes", ["diabetes"])
    assert meant("توقف سكري") == ("توقف سكري", ["سكري"])
    assert meant("x" * 500) == ("", [])
    assert how_to_leave([], language="es") == ""
