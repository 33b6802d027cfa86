"""One log of what is said to an owner and by them: sent to several at once, answered, written down, seen by whom."""

from bedside.accounts import Role, SignedIn
from bedside.owner_relations import reading
from tests.owner_relations.talking import ELENA, HARBOR, Talk
from tests.queries import QueryCount

STATEMENT = {"kind": "email", "subject": "Your October statement", "body": "It is ready.\n\nKind regards"}


async def test_each_of_several_recipients_gets_a_message_and_the_log_says_how_far_it_came(talk: Talk) -> None:
    made = await talk.sent(STATEMENT | {"contactIds": [0, talk.omar, talk.elena]})
    assert (made["subject"], made["body"], made["kind"]) == (STATEMENT["subject"], STATEMENT["body"], "email")
    harbor, omar, elena = made["recipients"]
    assert (harbor["contactId"], harbor["address"], harbor["status"]) == (None, "harbor@example.org", "queued")
    assert (omar["name"], omar["status"]) == ("Omar Haddad", "queued")
    assert (elena["messageId"], elena["refusedBecause"]) == (None, "No email address is known.")
    await talk.office.delivered()
    [mail] = talk.office.phone("omar@example.org")
    assert (mail.subject, mail.body.split()) == ("Your October statement", STATEMENT["body"].split())
    [entry] = await talk.log()
    assert [one["status"] for one in entry["recipients"]] == ["sent", "sent", None]
    assert entry["recipients"][1]["sentAt"]


async def test_without_recipients_it_goes_to_the_owner_and_receipts_show_in_the_log(talk: Talk) -> None:
    await talk.sent({"kind": "sms", "body": "The board meets on Friday."})
    await talk.office.delivered()
    assert [one.body for one in talk.office.phone(HARBOR)] == ["The board meets on Friday."]
    [entry] = await talk.log()
    [harbor] = entry["recipients"]
    assert (harbor["status"], bool(harbor["deliveredAt"])) == ("delivered", True)


async def test_where_nobody_can_be_written_to_it_says_why_and_nothing_is_written(talk: Talk) -> None:
    status, problem = await talk.post(talk.path, STATEMENT | {"contactIds": [talk.elena]})
    assert (status, problem["type"]) == (422, "/problems/nobody-reached")
    assert problem["recipients"][0]["refusedBecause"] == "No email address is known."
    assert "Elena Ward: No email address" in problem["detail"]
    assert await talk.log() == []
    assert await talk.value("select count(*) from communications.message_queue") == 0


async def test_one_idempotency_key_never_sends_twice(talk: Talk) -> None:
    first = await talk.sent(STATEMENT | {"contactIds": [0, talk.omar]}, idempotency_key="october")
    assert await talk.sent(STATEMENT | {"contactIds": [0, talk.omar]}, idempotency_key="october") == first
    status, problem = await talk.post(talk.path, STATEMENT, idempotency_key="october")
    assert (status, problem["type"]) == (409, "/problems/idempotency-key-reused")
    await talk.office.delivered()
    assert len(talk.office.phone("omar@example.org")) == 1
    assert len(await talk.log()) == 1


async def test_what_cannot_be_sent_is_refused_with_its_place(talk: Talk) -> None:
    for wrong, pointer in (
        ({"kind": "email", "body": "No subject"}, "/subject"),
        ({"kind": "sms"}, "/body"),
        ({"kind": "sms", "body": "x" * 1601}, "/body"),
        ({"kind": "sms", "body": "Hello", "templateKey": "owner_page_link"}, "/body"),
        ({"kind": "sms", "templateKey": "no_such_template"}, "/templateKey"),
        ({"kind": "sms", "templateKey": "notice_marketing"}, "/templateKey"),
        ({"kind": "sms", "body": "Hello", "contactIds": [0, 999_999]}, "/contactIds/1"),
        ({"kind": "sms", "body": "Hello", "contactIds": []}, "/contactIds"),
        ({"kind": "sms", "body": "Hello", "sendAt": "2099-01-01T00:00:00Z"}, "/sendAt"),
        ({"kind": "sms", "body": "Hello", "sendAt": "2027-01-01T00:00:00"}, "/sendAt"),
        ({"kind": "sms", "body": "Hello", "happenedAt": "2027-01-01T00:00:00Z"}, "/happenedAt"),
        ({"kind": "sms", "body": "Hello", "direction": "inbound"}, "/direction"),
        ({"kind": "sms", "body": "Hello", "hospitalId": 999_999}, "/hospitalId"),
        ({"kind": "pigeon", "body": "Hello"}, "/kind"),
        ({"kind": "call"}, "/subject"),
        ({"kind": "call", "subject": "Tomorrow", "happenedAt": "2027-06-01T00:00:00Z"}, "/happenedAt"),
        ({"kind": "call", "subject": "Long ago", "happenedAt": "0001-01-01T00:00:00+14:00"}, "/happenedAt"),
        ({"kind": "meeting", "subject": "Hi", "templateKey": "owner_page_link"}, "/templateKey"),
        ({"kind": "call", "subject": "Hi", "durationMinutes": 1441}, "/durationMinutes"),
    ):
        status, problem = await talk.post(talk.path, wrong)
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer), (wrong, problem)
    status, problem = await talk.post(talk.path, {"kind": "sms", "templateKey": "owner_payout_paid"})
    assert (status, problem["type"]) == (422, "/problems/missing-variable")
    assert await talk.log() == []


async def test_a_template_is_filled_in_for_each_reader_in_their_language(talk: Talk) -> None:
    made = await talk.sent({"kind": "email", "templateKey": "owner_page_link", "contactIds": [talk.omar, talk.ruth]})
    assert (made["subject"], made["body"], made["templateKey"]) == ("", "", "owner_page_link")
    await talk.office.delivered()
    [english], [spanish] = (talk.office.phone(to) for to in ("omar@example.org", "ruth@example.org"))
    assert english.body.startswith("Dear Omar Haddad,")
    assert spanish.body.startswith("Hola, Ruth Vidal:")
    link = next(one for one in english.links if "/o/" in one)
    [entry] = await talk.log()
    assert entry["recipients"][0]["body"].startswith("Dear Omar Haddad,")
    token = link.rpartition("/")[2]
    assert token not in str(entry)
    assert "/o/…" in entry["recipients"][0]["body"]


async def test_a_message_for_later_waits(talk: Talk) -> None:
    made = await talk.sent({"kind": "sms", "body": "Good morning", "sendAt": "2027-03-02T14:00:00Z"})
    assert made["happenedAt"] == "2027-03-02T14:00:00Z"
    await talk.office.delivered()
    assert talk.office.phone(HARBOR) == []


async def test_calls_and_meetings_are_written_down_changed_and_put_away(talk: Talk) -> None:
    call = await talk.sent(
        {"kind": "call", "direction": "inbound", "happenedAt": "2027-02-26T15:00:00Z", "durationMinutes": 25,
         "subject": "Asked about February", "body": "Wants the figures earlier.", "contactIds": [talk.elena],
         "followUp": {"title": "Send Elena the figures", "dueAt": "2027-03-03T15:00:00Z"}}
    )  # fmt: skip
    assert (call["durationMinutes"], call["recipients"][0]["name"]) == (25, "Elena Ward")
    assert (call["followUp"]["title"], call["followUp"]["status"]) == ("Send Elena the figures", "open")
    task = (
        f"select subject || ' ' || subject_id || ' ' || for_role from crm.tasks where id = {call['followUp']['taskId']}"
    )
    assert await talk.office.rows(task) == [(f"owner {talk.owner_id} finance",)]
    one = f"{talk.path}/{call['id']}"
    status, changed = await talk.send("PATCH", one, {"durationMinutes": 30}, if_match='"1"')
    assert (status, changed["durationMinutes"], changed["version"]) == (200, 30, 2)
    assert (await talk.send("PATCH", one, {"durationMinutes": 5}, if_match='"1"'))[0] == 412
    assert (await talk.send("PATCH", one, {"subject": "", "body": ""}))[0] == 422
    status, away = await talk.send("PATCH", one, {"archived": True})
    assert (status, bool(away["archivedAt"])) == (200, True)
    assert await talk.log() == []
    assert [entry["id"] for entry in await talk.log("?archived=true")] == [call["id"]]
    message = await talk.sent({"kind": "sms", "body": "Hello"})
    status, problem = await talk.send("PATCH", f"{talk.path}/{message['id']}", {"subject": "Other"})
    assert (status, problem["type"]) == (409, "/problems/communication-not-by-hand")


async def test_the_log_is_filtered_searched_paged_and_exported(talk: Talk) -> None:
    await talk.sent({"kind": "meeting", "subject": "=Board meeting", "happenedAt": "2027-02-01T10:00:00Z"})
    await talk.sent(
        {"kind": "call", "subject": "Rent", "contactIds": [talk.elena], "happenedAt": "2027-02-02T10:00:00Z"}
    )
    await talk.sent({"kind": "sms", "body": "About the élan of growth", "contactIds": [talk.elena]})

    async def subjects(query: str) -> list[str]:
        return [one["subject"] or one["body"] for one in await talk.log(query)]

    assert await subjects("") == ["About the élan of growth", "Rent", "=Board meeting"]
    assert await subjects("?sort=happenedAt") == ["=Board meeting", "Rent", "About the élan of growth"]
    assert await subjects("?kind=call&kind=meeting") == ["Rent", "=Board meeting"]
    assert await subjects(f"?contactId={talk.elena}") == ["About the élan of growth", "Rent"]
    assert await subjects("?q=ELAN") == ["About the élan of growth"]
    assert await subjects("?q=board") == ["=Board meeting"]
    assert await subjects("?from=2027-02-02T00:00:00Z&to=2027-02-03T00:00:00Z") == ["Rent"]
    assert await subjects("?direction=inbound") == []
    _, first = await talk.get(f"{talk.path}?limit=2")
    _, rest = await talk.get(f"{talk.path}?limit=2&cursor={first['next']}")
    assert ([one["subject"] for one in rest["items"]], rest["next"]) == (["=Board meeting"], None)
    async with talk.web.get(f"{talk.path}/export?kind=meeting", headers=talk.finance) as answer:
        assert answer.status == 200
        table = await answer.text()
    assert "'=Board meeting" in table
    assert "Rent" not in table
    assert (await talk.get(f"{talk.path}?kind=pigeon"))[0] == 422
    assert (await talk.get(f"{talk.path}?cursor=x"))[0] == 422


async def test_what_failed_is_sent_again_to_those_alone_whom_it_missed(talk: Talk) -> None:
    await talk.office.fault("error", channel="email", to="omar@example.org", code=550)
    made = await talk.sent(STATEMENT | {"contactIds": [0, talk.omar, talk.elena]})
    again = f"{talk.path}/{made['id']}/send-again"
    await talk.office.delivered()
    [entry] = await talk.log()
    assert [one["status"] for one in entry["recipients"]] == ["sent", "failed", None]
    address = f"/api/owners/{talk.owner_id}/contacts/{talk.omar}"
    assert (await talk.send("PATCH", address, {"email": "omar.haddad@example.org"}))[0] == 200
    status, repeated = await talk.post(again, {}, idempotency_key="again")
    assert status == 201, repeated
    _, omar, elena = repeated["recipients"]
    assert (omar["address"], omar["status"]) == ("omar.haddad@example.org", "queued")
    assert elena["refusedBecause"] == "No email address is known."
    assert (await talk.post(again, {}, idempotency_key="again"))[1] == repeated
    await talk.office.delivered()
    assert [one.subject for one in talk.office.phone("omar.haddad@example.org")] == ["Your October statement"]
    assert len(talk.office.phone("harbor@example.org")) == 1
    status, problem = await talk.post(again, {})
    assert (status, problem["type"]) == (422, "/problems/nobody-reached")
    done = await talk.sent({"kind": "sms", "body": "Hello"})
    status, problem = await talk.post(f"{talk.path}/{done['id']}/send-again", {})
    assert (status, problem["type"]) == (409, "/problems/nothing-to-send-again")


async def test_what_an_owner_writes_is_theirs_and_finances(talk: Talk) -> None:
    assert await talk.office.reply("When do you pay?", person=ELENA) == 200
    [entry] = await talk.log()
    assert (entry["direction"], entry["kind"], entry["body"]) == ("inbound", "sms", "When do you pay?")
    assert (entry["recipients"][0]["contactId"], entry["createdBy"]) == (talk.elena, "Elena Ward")
    rows = await talk.office.rows("select title, for_role, subject, subject_id, patient_id from crm.tasks")
    assert rows == [("Harbor Health wrote and waits for an answer", "finance", "owner", talk.owner_id, None)]
    rows = await talk.office.rows("select person_kind, person_id, needs_answer from communications.conversations")
    assert rows == [("owner", talk.owner_id, True)]
    await talk.sent({"kind": "sms", "body": "On Friday.", "contactIds": [talk.elena]})
    assert await talk.value("select needs_answer from communications.conversations") is False
    assert await talk.office.reply("Thank you", person=ELENA) == 200
    assert [one["body"] for one in await talk.log("?direction=inbound")] == ["Thank you", "When do you pay?"]


async def test_an_owners_c_confirms_no_visit_and_a_patients_still_does(talk: Talk) -> None:
    """The number is a patient's and an owner's: whom we wrote to last is who answers."""
    office = talk.office
    await office.rows(
        """insert into crm.contact_points (patient_id, kind, value, position, created_at)
           values (%(maria)s, 'phone', %(phone)s, 1, %(now)s) returning id""",
        maria=office.maria,
        phone=ELENA,
    )
    await office.reply("C", person=ELENA)
    assert [one["body"] for one in await talk.log()] == ["C"]
    await office.queue("sms", to=ELENA, body="Your glasses are ready.")
    async with office.database.transaction() as tx:
        await tx.execute(
            "update communications.message_queue set person_kind = 'patient', person_id = %(maria)s",
            maria=office.maria,
        )
    await office.delivered()
    await office.reply("Thanks!", person=ELENA)
    assert [one["body"] for one in await talk.log()] == ["C"]
    rows = await office.rows("select person_kind, person_id from communications.conversations order by id")
    assert rows == [("owner", talk.owner_id), ("patient", office.maria)]


async def test_an_answer_from_the_inbox_stands_in_the_owners_log_too(talk: Talk) -> None:
    admin = await talk.as_role("admin")
    await talk.office.reply("Hello?", person=HARBOR)
    conversation = await talk.value("select id from communications.conversations")
    status, answered = await talk.post(f"/api/conversations/{conversation}/replies", {"body": "Good morning!"}, admin)
    assert (status, answered["ownerId"], answered["ownerName"]) == (201, talk.owner_id, "Harbor Health")
    status, written = await talk.post(
        "/api/messages", {"ownerId": talk.owner_id, "channel": "email", "subject": "Hi", "body": "By hand"}, admin
    )
    assert status == 201, written
    assert [(one["kind"], one["body"]) for one in await talk.log("?direction=outbound")] == [
        ("email", "By hand"),
        ("sms", "Good morning!"),
    ]
    _, listed = await talk.get(f"/api/messages?ownerId={talk.owner_id}", admin)
    assert [one["id"] for one in listed["items"]] == [written["id"], answered["id"]]
    _, talks = await talk.get(f"/api/conversations?ownerId={talk.owner_id}", admin)
    assert [one["ownerName"] for one in talks["items"]] == ["Harbor Health"]


async def test_who_looks_after_patients_does_not_read_what_is_said_to_owners(talk: Talk) -> None:
    await talk.sent({"kind": "sms", "body": "45,000 are on their way."})
    await talk.office.reply("Good!", person=HARBOR)
    desk = await talk.as_role("front_desk")
    message = await talk.value("select id from communications.message_queue")
    conversation = await talk.value("select id from communications.conversations")
    assert (await talk.get("/api/messages", desk))[1]["items"] == []
    assert (await talk.get("/api/conversations", desk))[1]["items"] == []
    assert (await talk.get(f"/api/messages/{message}", desk))[0] == 404
    assert (await talk.get(f"/api/conversations/{conversation}", desk))[0] == 404
    assert (await talk.post("/api/messages", {"ownerId": talk.owner_id, "body": "Hi"}, desk))[0] == 403
    assert (await talk.get(talk.path, desk))[0] == 403
    kinds = await talk.office.rows(
        "select distinct kind from crm.event_log where owner_id is not null and seen_with = 'messages:read'"
    )
    assert kinds == []


async def test_an_owner_reads_their_own_messages_and_no_notes_of_staff(talk: Talk) -> None:
    await talk.sent({"kind": "call", "subject": "Rumours", "body": "They may sell."})
    await talk.sent(
        {"kind": "meeting", "subject": "Board meeting", "body": "They were angry.", "followUp": {"title": "Calm them"}}
    )
    await talk.sent({"kind": "sms", "body": "Good news", "contactIds": [0, talk.omar]})
    await talk.sent({"kind": "sms", "body": "Next year", "sendAt": "2027-03-09T14:00:00Z"})
    await talk.office.delivered()
    await talk.office.reply("Hello", person=HARBOR)
    olive = await talk.as_owner()
    log = {one["subject"] or one["body"]: one for one in await talk.log("", olive)}
    assert set(log) == {"Hello", "Good news", "Board meeting"}
    assert (log["Board meeting"]["body"], log["Board meeting"]["followUp"]) == ("", None)
    assert [one["name"] for one in log["Good news"]["recipients"]] == ["Harbor Health"]
    assert await talk.log("?q=angry", olive) == []
    assert await talk.log("?archived=true&kind=call", olive) == []
    call = next(one["id"] for one in await talk.log("?kind=call"))
    assert (await talk.get(f"{talk.path}/{call}", olive))[0] == 404
    assert (await talk.get(f"{talk.path}/{log['Board meeting']['id']}", olive))[1]["body"] == ""
    assert (await talk.post(talk.path, {"kind": "sms", "body": "Hi"}, olive))[0] == 403
    async with talk.web.get(f"{talk.path}/export", headers=olive) as answer:
        table = await answer.text()
    assert "Good news" in table
    assert "angry" not in table
    assert "Rumours" not in table
    other = await talk.as_owner(talk.owner_id)
    assert (await talk.get(f"/api/owners/{talk.owner_id + 1}/communications", other))[0] == 403


async def test_staff_of_another_hospital_find_nothing(talk: Talk) -> None:
    made = await talk.sent({"kind": "call", "subject": "Rent"})
    elsewhere = await talk.value(
        """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
           values ('Santa Lucía', 'lucia', 'America/New_York', 'USD', %(now)s, %(now)s) returning id"""
    )
    oscar = await talk.as_role("finance", hospitals=[elsewhere])
    one = f"{talk.path}/{made['id']}"
    for status, _ in (
        await talk.get(talk.path, oscar),
        await talk.get(f"{talk.path}/export", oscar),
        await talk.get(one, oscar),
        await talk.post(talk.path, {"kind": "call", "subject": "Mine"}, oscar),
        await talk.send("PATCH", one, {"subject": "Mine"}, oscar),
        await talk.post(f"{one}/send-again", {}, oscar),
        await talk.get(f"/api/owners/{talk.owner_id}/notice-preferences", oscar),
        await talk.send("PUT", f"/api/owners/{talk.owner_id}/notice-preferences", {"preferences": []}, oscar),
        await talk.get(f"/api/owners/{talk.owner_id}/own-links", oscar),
        await talk.post(f"/api/owners/{talk.owner_id}/own-links", {}, oscar),
    ):
        assert status == 404
    status, _ = await talk.send("PATCH", "/api/owner-notices/payout_paid", {"enabled": False}, oscar)
    assert status == 403


async def test_the_log_asks_as_much_for_twenty_entries_as_for_one(talk: Talk, query_count: QueryCount) -> None:
    felix = SignedIn(kind="staff", id=1, name="Felix", role=Role.FINANCE)
    asked = []
    for entries in (1, 19):
        for _ in range(entries):
            await talk.sent({"kind": "sms", "body": "Hello", "contactIds": [0, talk.elena, talk.ruth]})
        async with talk.office.database.transaction() as tx:
            with query_count() as queries:
                page = await reading.log(tx, owner_id=talk.owner_id, user=felix, filters={})
            asked.append((len(page.items), len(queries)))
    assert asked == [(1, 2), (20, 2)]
