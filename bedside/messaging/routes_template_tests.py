"""A template sent to oneself: by REST, and from its page."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.idempotency import once
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.messaging.testing_templates import TestSend, own_mail, send_test
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]


@post(
    "/api/templates/{template_id:int}/test-send",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=["Templates"],
    summary="Send a template to yourself",
    status_code=201,
)
async def send_to_oneself(
    request: Asked, tx: Transaction, template_id: FromPath[RecordId], data: JSONBody[TestSend]
) -> Response[Any]:
    """Queues its newest words with a made-up visit, as a message about `template_test` whose subject or words
    begin with `[Test]`: `{"channel": "sms", "language": "en", "to": "+12125550142"}`. Twenty an hour, then 429."""
    return await once(
        request,
        tx,
        send_test(tx, template_id=template_id, test=data, user=request.user),
        headers=lambda made: {"Location": f"/api/messages/{made.id}"},
    )


@get("/templates/{template_id:int}/test-send", guards=[requires(Permission.TEMPLATES_EDIT)], include_in_schema=False)
async def ask_where_to(
    request: Asked,
    tx: Transaction,
    template_id: FromPath[RecordId],
    channel: FromQuery[str] = "sms",
    language: FromQuery[str] = "en",
    patient_id: FromQuery[str] = "",
    owner_id: FromQuery[str] = "",
) -> Template:
    """Asks for the number or address."""
    to = await own_mail(tx, request.user) if channel == "email" else ""
    values = {
        "channel": channel, "language": language, "patient_id": patient_id, "owner_id": owner_id, "to": to or "",
    }  # fmt: skip
    return _form(template_id, values, {})


@post(
    "/templates/{template_id:int}/test-send",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def send_from_page(request: Asked, tx: Transaction, template_id: FromPath[RecordId]) -> Response[Any]:
    """Sends it, and says where it can be followed; or draws the form again with what was wrong."""
    given = await fields_of(request)
    values = {name: given.get(name, "") for name in ("channel", "language", "patient_id", "owner_id", "to")}
    asked = {
        "channel": values["channel"],
        "language": values["language"] or "en",
        "to": values["to"] or None,
        "patient_id": number_in(values["patient_id"]) or None,
        "owner_id": number_in(values["owner_id"]) or None,
    }
    try:
        async with tx.savepoint():
            made = await send_test(tx, template_id=template_id, test=read_as(TestSend, asked), user=request.user)
    except Wrong as wrong:
        return _form(template_id, values, {"to": " ".join(wrong.errors.values())})
    except Problem as problem:
        return _form(template_id, values, {"to": " ".join(told(problem, ("to",)).values())})
    closes = {"HX-Trigger": "dialog:close"}
    return Template("messaging/template_test_sent.html", context={"message": made}, headers=closes)


def _form(template_id: int, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"template_id": template_id, "values": values, "errors": errors}
    return Template("messaging/template_test.html", context=context, status_code=422 if errors else 200)


TEMPLATE_TESTS = [send_to_oneself, ask_where_to, send_from_page]
