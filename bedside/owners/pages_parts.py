"""Forms of what belongs to an owner: hospitals and stakes, contacts, how they are paid, tax number, sign-ins."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages
from bedside.owners import paying, people, registering, sign_ins
from bedside.owners.account_numbers import NEEDED
from bedside.owners.model import (
    ContactChanges,
    Id,
    NewContact,
    NewPaymentDetails,
    NewSignIn,
    PaymentMethod,
    StakeGiven,
)
from bedside.owners.pages_said import said

Person = Request[SignedIn, Any, Any]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
METHODS = [
    ("bank_transfer", "Bank transfer"), ("check", "Check"), ("mobile_wallet", "Mobile wallet"), ("cash", "Cash"),
]  # fmt: skip
# what a form asks for, by method: name, label, and what to write
ASKED: dict[str, list[tuple[str, str, str]]] = {
    "bank_transfer": [
        ("holder", "Account holder", "As the bank has it"), ("iban", "IBAN", "Or account and routing number below"),
        ("bic", "BIC", "With an IBAN"), ("accountNumber", "Account number", ""),
        ("routingNumber", "Routing number", "Nine digits"), ("bankName", "Bank", ""),
    ],
    "check": [("payableTo", "Payable to", ""), ("address", "Mailing address", "")],
    "mobile_wallet": [
        ("provider", "Provider", "Such as M-Pesa"), ("number", "Number", "With country code"), ("holder", "Holder", ""),
    ],
    "cash": [("receiver", "Who receives it", "")],
}  # fmt: skip
_CONTACT = ("name", "position", "phone", "email", "language", "preferred_channel")


async def _contact_form(
    tx: Tx, owner_id: int, values: dict[str, Any], *, contact_id: int | None, errors: dict[str, str]
) -> Template:
    base = f"/owners/{owner_id}/contacts"
    context = {
        "values": dict.fromkeys((*_CONTACT, "version"), "") | values, "errors": errors, "contact_id": contact_id,
        "languages": languages(), "channels": CHANNELS, "action": f"{base}/{contact_id}" if contact_id else base,
    }  # fmt: skip
    return Template("owners/contact_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/contacts/new", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def new_contact_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for somebody new at the owner's."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return await _contact_form(tx, owner_id, {}, contact_id=None, errors={})


@get(
    "/owners/{owner_id:int}/contacts/{contact_id:int}/edit",
    guards=[requires(Permission.OWNERS_EDIT)],
    include_in_schema=False,
)
async def edit_contact_dialog(
    owner_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """The form for a contact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    found = msgspec.structs.asdict(await people.contact(tx, owner_id=owner_id, contact_id=contact_id))
    values = {name: "" if found[name] is None else found[name] for name in (*_CONTACT, "version")}
    return await _contact_form(tx, owner_id, values, contact_id=contact_id, errors={})


def _contact_given(fields: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: fields.get(name) or None for name in _CONTACT}
    return values | {"name": fields.get("name", ""), "position": fields.get("position", "")}


@post(
    "/owners/{owner_id:int}/contacts",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_contact_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Adds somebody at the owner's."""
    fields = await fields_of(request)
    try:
        new = read_as(NewContact, _contact_given(fields), {"name": "Give a name."})
        async with tx.savepoint():
            made = await people.add_contact(tx, owner_id=owner_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _contact_form(tx, owner_id, fields, contact_id=None, errors=wrong.errors)
    except Problem as problem:
        return await _contact_form(tx, owner_id, fields, contact_id=None, errors=told(problem, _CONTACT))
    return said("Added", made.name)


@post(
    "/owners/{owner_id:int}/contacts/{contact_id:int}",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_contact_by_form(
    owner_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Changes a contact."""
    fields = await fields_of(request)
    try:
        changes = read_as(ContactChanges, _contact_given(fields), {"name": "Give a name."})
        async with tx.savepoint():
            await people.change_contact(
                tx,
                owner_id=owner_id,
                contact_id=contact_id,
                changes=changes,
                actor=request.user,
                expected_version=number_in(fields.get("version")),
            )
    except Wrong as wrong:
        return await _contact_form(tx, owner_id, fields, contact_id=contact_id, errors=wrong.errors)
    except Problem as problem:
        return await _contact_form(tx, owner_id, fields, contact_id=contact_id, errors=told(problem, _CONTACT))
    return said("Saved")


@post(
    "/owners/{owner_id:int}/contacts/{contact_id:int}/archive",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_contact(
    owner_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Puts a contact away: nothing is sent to them any more."""
    await people.change_contact(
        tx, owner_id=owner_id, contact_id=contact_id, changes=ContactChanges(archived=True), actor=request.user
    )
    return said("Put away")


async def _stakes_form(
    request: Person, tx: Tx, owner_id: int, values: dict[int, dict[str, str]], errors: dict[str, str]
) -> Template:
    context = {
        "owner_id": owner_id, "values": values, "errors": errors,
        "places": await hospitals(tx, ids=request.user.hospitals),
    }  # fmt: skip
    return Template("owners/stakes_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/hospitals/edit", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def stakes_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for the hospitals that an owner has a part in."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    values = {
        one.hospital_id: {
            "stake": f"{one.stake_percent.normalize():f}" if one.stake_percent is not None else "",
            "since": one.since.isoformat() if one.since else "",
            "until": one.until.isoformat() if one.until else "",
        }
        for one in await registering.hospitals_of(tx, owner_id)
    }
    return await _stakes_form(request, tx, owner_id, values, {})


@post(
    "/owners/{owner_id:int}/hospitals",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def set_stakes_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Makes these the owner's hospitals."""
    fields = await fields_of(request)
    chosen = [number for name in fields if (number := number_in(name.removeprefix("at_"))) and name.startswith("at_")]
    values = {one: {name: fields.get(f"{name}_{one}", "") for name in ("stake", "since", "until")} for one in chosen}
    try:
        stakes = [_stake(one, values[one]) for one in chosen]
        async with tx.savepoint():
            await registering.set_stakes(tx, owner_id=owner_id, stakes=stakes, actor=request.user)
    except Wrong as wrong:
        return await _stakes_form(request, tx, owner_id, values, wrong.errors)
    except Problem as problem:
        return await _stakes_form(request, tx, owner_id, values, told(problem, ()))
    return said("Saved", redirect=f"/owners/{owner_id}")


def _stake(hospital_id: int, typed: dict[str, str]) -> StakeGiven:
    try:
        since, until = (date.fromisoformat(typed[name]) if typed[name] else None for name in ("since", "until"))
    except ValueError:
        raise Wrong({"": "Write dates as 2026-10-31."}) from None
    percent = typed["stake"].replace(",", ".").rstrip(" %") or None
    try:
        return msgspec.convert(
            {"hospitalId": hospital_id, "stakePercent": percent, "since": since, "until": until}, StakeGiven
        )
    except msgspec.ValidationError:
        raise Wrong({"": "A stake is a percent from 0 to 100, with four decimals at most."}) from None


async def _details_form(
    request: Person, tx: Tx, owner_id: int, values: dict[str, str], errors: dict[str, str]
) -> Template:
    method = values.get("method") or "bank_transfer"
    context = {
        "owner_id": owner_id, "values": values, "errors": errors, "method": method, "methods": METHODS,
        "asked": ASKED.get(method, []), "needed": NEEDED,
        "places": [(one.id, one.name) for one in await hospitals(tx, ids=request.user.hospitals)],
    }  # fmt: skip
    return Template("owners/payment_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/payment-details/new", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def details_dialog(
    owner_id: FromPath[Id], request: Person, tx: Transaction, method: FromQuery[str] = ""
) -> Template:
    """The form for how an owner is paid; it asks for what the method needs."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    known = await paying.payment_details(tx, owner_id=owner_id, hospital_id=None)
    chosen = method if method in ASKED else (known.method if known else "bank_transfer")
    return await _details_form(request, tx, owner_id, {"method": chosen}, {})


@post(
    "/owners/{owner_id:int}/payment-details",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def set_details_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Puts new details into force."""
    fields = await fields_of(request)
    asked = [name for name, _, _ in ASKED.get(fields.get("method", ""), [])]
    try:
        new = read_as(
            NewPaymentDetails,
            {
                "method": fields.get("method", ""),
                "details": {name: fields[name] for name in asked if fields.get(name)},
                "hospital_id": number_in(fields.get("hospital_id")),
            },
            {"method": "Choose how they are paid."},
        )
        async with tx.savepoint():
            made = await paying.set_payment_details(tx, owner_id=owner_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _details_form(request, tx, owner_id, fields, wrong.errors)
    except Problem as problem:
        pointed = {error["pointer"].removeprefix("/details/"): error["detail"] for error in problem.errors}
        errors = {name: words for name, words in pointed.items() if name in asked} or told(problem, ("method",))
        return await _details_form(request, tx, owner_id, fields, errors)
    return said("Saved", f"Paid by {PaymentMethod(made.method).replace('_', ' ')}, {made.masked}")


@post(
    "/owners/{owner_id:int}/payment-details/{details_id:int}/show",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    status_code=200,
    include_in_schema=False,
)
async def show_details(owner_id: FromPath[Id], details_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The details in clear, for this once. It is a deed, not a look: that it was done is an audit fact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    found = await paying.unsealed_details(tx, owner_id=owner_id, details_id=details_id, actor=request.user)
    names = {name: label for name, label, _ in ASKED[found.method]}
    return Template("owners/payment_shown.html", context={"details": found.details, "names": names})


@get("/owners/{owner_id:int}/tax/edit", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def tax_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for the tax number, which does not show the present one."""
    found = await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return Template("owners/tax_form.html", context={"owner": found, "errors": {}})


@post("/owners/{owner_id:int}/tax", guards=[requires(Permission.OWNERS_EDIT)], status_code=200, include_in_schema=False)
async def set_tax_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps a tax number sealed; left empty, it is taken away."""
    number = (await fields_of(request)).get("tax_number", "")
    try:
        async with tx.savepoint():
            await paying.set_tax_number(tx, owner_id=owner_id, tax_number=number or None, actor=request.user)
    except Problem as problem:
        found = await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
        context = {"owner": found, "errors": told(problem, ("tax_number",))}
        return Template("owners/tax_form.html", context=context, status_code=422)
    return said("Saved")


@post(
    "/owners/{owner_id:int}/tax/show",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    status_code=200,
    include_in_schema=False,
)
async def show_tax(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The tax number in clear, for this once; an audit fact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    found = await paying.read_tax_number(tx, owner_id=owner_id, actor=request.user)
    context = {"details": {"taxNumber": found.tax_number or ""}, "names": {"taxNumber": "Tax number"}}
    return Template("owners/payment_shown.html", context=context)


def _sign_in_form(owner_id: int, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"owner_id": owner_id, "values": {"name": "", "email": ""} | values, "errors": errors}
    return Template("owners/sign_in_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/sign-ins/new", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def sign_in_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for somebody who is to sign in for the owner."""
    found = await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    values = {"name": found.name, "email": found.email or ""} if found.kind == "person" else {}
    return _sign_in_form(owner_id, values, {})


@post(
    "/owners/{owner_id:int}/sign-ins",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_sign_in_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Lets somebody sign in, and shows their password this once."""
    fields = await fields_of(request)
    try:
        new = read_as(NewSignIn, {name: fields.get(name, "") for name in ("name", "email")})
        async with tx.savepoint():
            member, password = await sign_ins.add_sign_in(tx, owner_id=owner_id, new=new, actor=request.user)
    except Wrong as wrong:
        return _sign_in_form(owner_id, fields, wrong.errors)
    except Problem as problem:
        return _sign_in_form(owner_id, fields, told(problem, ("name", "email")))
    context = {"member": member, "password": password or ""}
    return Template("owners/sign_in_made.html", context=context, headers={"HX-Trigger": "owner"})


@post(
    "/owners/{owner_id:int}/sign-ins/{staff_id:int}/end",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def end_sign_in_by_form(
    owner_id: FromPath[Id], staff_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Ends a sign-in."""
    ended = await sign_ins.end_sign_in(tx, owner_id=owner_id, staff_id=staff_id, actor=request.user)
    return said("Ended", f"{ended.name} cannot sign in any more.")


PAGES: list[Any] = [
    new_contact_dialog, edit_contact_dialog, add_contact_by_form, change_contact_by_form, archive_contact,
    stakes_dialog, set_stakes_by_form, details_dialog, set_details_by_form, show_details, tax_dialog, set_tax_by_form,
    show_tax, sign_in_dialog, add_sign_in_by_form, end_sign_in_by_form,
]  # fmt: skip
