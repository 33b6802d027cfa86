"""What belongs to one hospital is not there for staff of another, whatever their role: every route that names a record.

A route with a parameter that is in none of the three tables below fails: say whose such records are.
"""

import re

import httpx
from litestar import Litestar

from bedside.accounts.permissions import Public
from bedside.kit.database import Database
from tests.app.routes_there_are import Route, routes_of
from tests.web import AsRole
from tests.world import SmallWorld

# Records of one hospital, which staff of others neither see nor touch, and where the one at Bellevue is found.
OWNED = {
    "appointment_id": "select id from crm.appointments",
    "reminder_id": "select id from crm.appointment_reminders",
    "message_id": "select id from communications.message_queue",
    "task_id": "select id from crm.tasks",
    "schedule_id": """select s.id from crm.schedules s join crm.departments d on d.id = s.department_id
                      where d.hospital_id = %(bellevue)s""",
    "exception_id": "select id from crm.schedule_exceptions",
    "owner_id": "select owner_id from crm.owner_hospitals where hospital_id = %(bellevue)s",
    "details_id": "select id from crm.owner_payment_details",
    "contract_id": "select id from crm.owner_contracts where hospital_id = %(bellevue)s",
    "batch_id": "select id from crm.payment_batches",
    "payout_id": "select id from crm.owner_payouts",
    "communication_id": "select id from crm.owner_communications",
    "line_id": "select id from crm.payout_lines",
    "payout_run_id": "select id from crm.payout_runs",
    "run_id": "select id from crm.payout_runs",
    "revenue_entry_id": "select id from crm.revenue_entries",
    "revenue_import_id": "select id from crm.revenue_imports",
    "feedback_id": "select id from crm.patient_feedback where hospital_id = %(bellevue)s",
    "emergency_id": "select id from crm.emergency_notifications",
    "answer_id": "select id from communications.canned_answers where hospital_id = %(bellevue)s",
    "audience_id": "select id from communications.audiences where hospital_id = %(bellevue)s",
    "campaign_id": "select id from communications.campaigns where hospital_id = %(bellevue)s",
}
# What everybody may look up, and only staff of the place may change.
LOOKED_UP = {
    "hospital_id": "select %(bellevue)s::bigint",
    "department_id": "select id from crm.departments where hospital_id = %(bellevue)s",
    "service_id": """select s.id from crm.services s join crm.departments d on d.id = s.department_id
                     where d.hospital_id = %(bellevue)s""",
    "resource_id": "select id from crm.resources where hospital_id = %(bellevue)s",
    "room_id": "select id from crm.resources where hospital_id = %(bellevue)s",
}
# What the hospitals of the group share, or what is refused by other tests.
SHARED = {
    "conversation_id",  # a person writes to the group, not to a hospital
    "attachment_id",  # of a conversation: tests/messaging/test_attachments.py
    "patient_id", "contact_id", "identifier_id", "note_id", "tag_id", "field_id", "subject", "subject_id",
    "vaccination_id",  # a patient's, and patients are the whole group's
    "picture_id", "address",  # mail's pictures, which every hospital of the group may show
    "template_id", "version_id", "policy_id", "sender_id", "practitioner_id", "file_id", "session_id", "api_key_id",
    "staff_id",
    "what", "token",
    "deed",  # what is done to a campaign, whose hospital decides
    "person_id",  # on a list, whose hospital decides
    "variant",  # of a campaign, whose hospital decides
    "recipe",  # a ready-made campaign, shipped with the product
    "slug", "region", "path",
    "kind",  # an owners' notice, of the whole group
    "link_id",  # to an owner's own pages: looked up within its owner, whose routes are tried
    # a part of a contract, whose hospital decides
    "number", "document_id",
    "import_id",  # tests/owners and tests/payouts try whose these are
    "period",  # a month of the hospital beside it
    "category_id",  # what visits are rated by, of the whole group
    # points and rewards are the whole group's; where a voucher is used is tried in tests/loyalty/test_vouchers.py
    "bulk_id", "code", "lot_id", "program_id", "redemption_id", "referral_id", "reward_id",
    "form_id",  # what the group asks
    "receipt_id",  # of a webhook, which is nobody's: tests/messaging/test_set_aside.py
    "suppression_id",  # an address that wants nothing wants it from no hospital
    "survey_id",  # answered by its owner alone: tests/owner_relations/test_own_pages.py
}  # fmt: skip

BODIES = {
    "POST /api/appointments/{appointment_id}/cancel": {"reason": "patient_asked"},
    "POST /api/appointments/{appointment_id}/reschedule": {"startsAt": "2027-03-04T15:00:00Z"},
    "POST /api/appointments/{appointment_id}/reminders": {
        "channel": "sms", "sendAt": "2027-03-02T15:00:00Z", "message": "Until tomorrow.",
    },
    "PATCH /api/appointments/{appointment_id}": {"reason": "Follow-up"},
    "PATCH /api/hospitals/{hospital_id}": {"name": "Mine now"},
    "PATCH /api/departments/{department_id}": {"name": "Mine now"},
    "PATCH /api/resources/{resource_id}": {"name": "Mine now"},
    "PATCH /api/services/{service_id}": {"name": "Mine now"},
    "PATCH /api/tasks/{task_id}": {"title": "Mine now"},
    "PATCH /api/owners/{owner_id}/contracts/{contract_id}": {"title": "Mine now"},
    "POST /api/owners/{owner_id}/contracts/{contract_id}/terminate": {
        "terminatedOn": "2027-06-30", "reason": "Mine now", "confirmed": True,
    },
    "POST /api/owners/{owner_id}/contracts/{contract_id}/renew": {"endsOn": "2029-06-30"},
    "POST /api/owners/{owner_id}/contracts/{contract_id}/versions": {
        "effectiveFrom": "2028-01-01", "reason": "Mine now", "ownerPercent": "1",
    },
    "POST /api/owners/{owner_id}/contracts/{contract_id}/sign": {"signerName": "Olga", "signedOn": "2027-01-01"},
    "POST /api/owners/{owner_id}/contracts/{contract_id}/preview": {"amounts": [{"amount": "1000"}]},
    "PUT /api/hospitals/{hospital_id}/paying-account": {"holder": "Mine", "iban": "DE89370400440532013000"},
    "POST /api/payment-batches/{batch_id}/paid": {},
    "PATCH /api/owners/{owner_id}/payouts/{payout_id}": {"note": "Mine now"},
    "POST /api/owners/{owner_id}/payouts": {"amount": 5, "period": "2027-01"},
    "POST /api/owners/{owner_id}/payouts/{payout_id}/pay": {},
    "POST /api/owners/{owner_id}/payouts/{payout_id}/reverse": {"reason": "Mine now"},
    "POST /api/owners/{owner_id}/communications": {"kind": "call", "subject": "Mine now"},
    "PATCH /api/owners/{owner_id}/communications/{communication_id}": {"subject": "Mine now"},
    "PUT /api/owners/{owner_id}/notice-preferences": {"preferences": []},
    "POST /api/owners/{owner_id}/own-links": {},
    "POST /api/audiences/{audience_id}/members": {"personIds": [1]},
    "PUT /api/audiences/{audience_id}/words": {"joins": [{"word": "mine"}]},
    "POST /api/patient-feedback/{feedback_id}/responses": {"kind": "private", "body": "Mine now"},
    "POST /api/patient-feedback/{feedback_id}/review-request": {},
    "PUT /api/feedback-policies/{hospital_id}": {},
}  # fmt: skip


def names_in(route: Route) -> set[str]:
    return set(re.findall(r"{(\w+)}", route.template))


async def something_at_bellevue(client: httpx.AsyncClient, world: SmallWorld, as_role: AsRole) -> None:
    """A booked visit with its reminders and confirmation, a task, leave of its doctor, and an owner with a contract."""
    ada = await as_role("admin")
    booked = await client.post(
        "/api/appointments",
        json={"patientId": world.maria.id, "practitionerId": world.smith.id, "startsAt": "2027-03-03T15:00:00Z"},
        headers=ada,
    )
    assert booked.status_code == 201, booked.text
    reminder = BODIES["POST /api/appointments/{appointment_id}/reminders"]
    added = await client.post(f"/api/appointments/{booked.json()['id']}/reminders", json=reminder, headers=ada)
    assert added.status_code == 201, added.text
    task = {"title": "Call Maria", "hospitalId": world.bellevue.id}
    assert (await client.post("/api/tasks", json=task, headers=ada)).status_code == 201
    leave = {
        "practitionerId": world.smith.id, "departmentId": world.cardiology.id, "kind": "leave",
        "startsAt": "2027-05-03T13:00:00Z", "endsAt": "2027-05-03T21:00:00Z",
    }  # fmt: skip
    await client.post("/api/schedule-exceptions", json=leave, headers=ada)
    owner = {"name": "Harbor Health", "hospitalIds": [world.bellevue.id]}
    owner_id = (await client.post("/api/owners", json=owner, headers=ada)).json()["id"]
    contract = {"hospitalId": world.bellevue.id, "title": "Share", "startsOn": "2027-01-01", "ownerPercent": "70"}
    agreed = await client.post(f"/api/owners/{owner_id}/contracts", json=contract, headers=ada)
    assert agreed.status_code == 201, agreed.text
    call = await client.post(
        f"/api/owners/{owner_id}/communications", json={"kind": "call", "subject": "The rent"}, headers=ada
    )
    assert call.status_code == 201, call.text
    await a_payout_in_a_bank_file(client, world, as_role)
    table = await client.post(
        f"/api/revenue-imports?do=true&hospitalId={world.bellevue.id}", content="date,amount\n2027-01-05,100\n",
        headers=ada,
    )  # fmt: skip
    assert table.json()["entries"] == 1, table.text
    audience = {"name": "Everybody here", "hospitalId": world.bellevue.id}
    assert (await client.post("/api/audiences", json=audience, headers=ada)).status_code == 201
    drive = {
        "name": "Flu drive", "message": "Get your flu shot.", "targetAudience": "all_patients", "channels": ["sms"],
        "status": "draft", "hospitalId": world.bellevue.id,
    }  # fmt: skip
    assert (await client.post("/api/campaigns", json=drive, headers=ada)).status_code == 201
    rating = {"patientId": world.maria.id, "visitDate": "2027-02-01", "hospitalId": world.bellevue.id, "rating": 4}
    assert (await client.post("/api/patient-feedback", json=rating, headers=ada)).status_code == 201
    month = {"period": "2027-01", "hospitalId": world.bellevue.id}
    assert (await client.post("/api/payout-runs", json=month, headers=ada)).status_code == 202


async def a_payout_in_a_bank_file(client: httpx.AsyncClient, world: SmallWorld, as_role: AsRole) -> None:
    """An owner of Bellevue who is paid by bank, and an approved payout of theirs in a file for the bank."""
    first, second = await as_role("finance"), await as_role("finance")
    owner = {"kind": "company", "name": "Harborview Partners", "hospitalIds": [world.bellevue.id]}
    path = f"/api/owners/{(await client.post('/api/owners', json=owner, headers=first)).json()['id']}"
    account = {
        "holder": "Harborview", "accountNumber": "000123456789", "routingNumber": "021000021", "bankName": "First Bank",
    }  # fmt: skip
    details = {"method": "bank_transfer", "details": account}
    answer = await client.put(f"{path}/payment-details", json=details, headers=first)
    assert answer.status_code in (200, 201), answer.text
    payout = {"amount": "100.00", "period": "January 2027", "hospitalId": world.bellevue.id}
    made = await client.post(f"{path}/payouts", json=payout, headers=first)
    assert made.status_code == 201, made.text
    approved = await client.post(f"{path}/payouts/{made.json()['id']}/approve", headers=second)
    assert approved.status_code in (200, 201), approved.text
    batch = {"hospitalId": world.bellevue.id, "currency": "USD", "executeOn": "2027-03-03"}
    filed = await client.post("/api/payment-batches", json=batch, headers=first)
    assert filed.status_code == 201, filed.text


async def test_what_belongs_to_another_hospital_is_not_there(
    app: Litestar, world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    await something_at_bellevue(client, world, as_role)
    outsider = await as_role("admin", hospitals=[world.santa_lucia.id])
    ids: dict[str, int] = {}
    async with database.transaction() as tx:
        await tx.execute(
            """insert into crm.emergency_notifications (hospital_id, day, words, status, created_by_name, created_at)
               values (%(bellevue)s, %(now)s::date, '{"en": "Closed today"}', 'sending', 'Ada Admin', %(now)s)""",
            bellevue=world.bellevue.id,
        )
        for name, query in (OWNED | LOOKED_UP).items():
            found = await tx.value(query + " order by 1 limit 1", bellevue=world.bellevue.id)  # type: ignore[operator]
            if found is not None:
                ids[name] = found
    wrong = []
    for route in routes_of(app):
        names = names_in(route)
        assert names <= OWNED.keys() | LOOKED_UP.keys() | SHARED, f"{route.name}: whose are {names}?"
        theirs = names & OWNED.keys() or (names & LOOKED_UP.keys() if route.method != "GET" else set())
        if isinstance(route.guard, Public) or not theirs or not theirs <= ids.keys():
            continue
        path = route.template
        for name in names:
            path = path.replace(f"{{{name}}}", str(ids.get(name, 1)))
        body = None if route.method in ("GET", "DELETE") else BODIES.get(route.name, {})
        answer = await client.request(route.method, path, json=body, headers=outsider | {"accept": "application/json"})
        # a body that is refused before anybody looks whose the record is tells nothing either
        if answer.status_code not in (403, 404) and not (answer.status_code == 422 and route.name not in BODIES):
            wrong.append(f"{route.name}: {answer.status_code} {answer.text[:150]}")
    assert set(ids) >= {"appointment_id", "reminder_id", "message_id", "task_id", "schedule_id"}
    assert wrong == []


async def test_lists_leave_out_what_belongs_to_another_hospital(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    await something_at_bellevue(client, world, as_role)
    outsider, insider = await as_role("admin", hospitals=[world.santa_lucia.id]), await as_role("admin")
    counted = []
    for path in ("/api/appointments", "/api/appointments/reminders/pending", "/api/messages",
                 "/api/tasks", "/api/contracts", "/api/patient-feedback"):  # fmt: skip
        seen = (await client.get(path, headers=insider)).json()["items"]
        counted.append(len(seen))
        assert (await client.get(path, headers=outsider)).json()["items"] == [], path
    assert all(counted), counted
