"""The dialog for what an owner says about being written to, above what they said before."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import consenting, registering
from bedside.owners.model import Id, OwnerConsentGiven
from bedside.owners.pages_said import said

Person = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.OWNERS_EDIT)]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
PURPOSES = [("marketing", "News and offers"), ("transactional", "Payouts, contracts and their hospital")]
_FIELDS = ("channel", "purpose", "granted", "how", "words")
_WORDS = {"granted": "Say yes or no.", "how": "Say how they told it."}


@get("/owners/{owner_id:int}/consents/new", guards=EDIT, include_in_schema=False)
async def owner_consent_dialog(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    channel: FromQuery[str] = "email",
    purpose: FromQuery[str] = "marketing",
) -> Template:
    """The form, with what they said before."""
    values = dict.fromkeys(_FIELDS, "") | {"channel": channel, "purpose": purpose}
    return await _form(request, tx, owner_id, values, {})


async def _form(request: Person, tx: Tx, owner_id: int, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "owner": await registering.seen_owner(tx, owner_id=owner_id, user=request.user),
        "values": values,
        "errors": errors,
        "channels": CHANNELS,
        "purposes": PURPOSES,
        "purpose_names": dict(PURPOSES),
        "history": await consenting.owner_consents(tx, owner_id=owner_id),
    }
    return Template("owners/consent_form.html", context=context, status_code=422 if errors else 200)


@post("/owners/{owner_id:int}/consents", guards=EDIT, status_code=200, include_in_schema=False)
async def owner_consent_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps it, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in _FIELDS}
    given = values | {"granted": {"yes": True, "no": False}.get(values["granted"])}
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    try:
        word = read_as(OwnerConsentGiven, given, _WORDS)
        async with tx.savepoint():
            await consenting.record_owner_consent(tx, owner_id=owner_id, given=word, actor=request.user)
    except Wrong as wrong:
        return await _form(request, tx, owner_id, values, wrong.errors)
    except Problem as problem:
        return await _form(request, tx, owner_id, values, told(problem, ("how", "words")))
    return said("Kept", "It holds from now on, and nothing before it is lost.")


PAGES: list[Any] = [owner_consent_dialog, owner_consent_by_form]
