"""Pages of the program: its versions, and a new one with what it would do to today's members before it is saved."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bedside.accounts import requires
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import members, program
from bedside.loyalty.model import Id
from bedside.loyalty.pages_common import EDIT, READ, REPORTS, RULES, Person, said, shared, tabs
from bedside.loyalty.program_form import (
    AWARDING,
    EARNS,
    MOST_TIERS,
    ProgramFields,
    TierFields,
    errors_of,
    fields_of_program,
    program_said,
    read_fields,
)
from bedside.loyalty.program_model import NewProgram

FIRST_PROBLEM = "Nothing is saved yet: see what is marked."


@get("/loyalty/program", guards=[requires(REPORTS)], include_in_schema=False)
async def program_page(request: Person, tx: Transaction) -> Template:
    """What the program says now, what it will say, and what it said."""
    now = await program.program_in_force(tx)
    every = await program.programs(tx)
    context = await shared(tx) | {
        "program": now, "rules": RULES, "earns": EARNS, "may_edit": request.user.may(EDIT), "tabs": tabs(request.user),
        "begins": {one.id: one.starts_at.astimezone(one.zone).date() for one in every},
        "coming": [one for one in reversed(every) if one.starts_at > tx.now and one.withdrawn_at is None],
        "past": [one for one in every if one.id != now.id and (one.starts_at <= tx.now or one.withdrawn_at)],
    }  # fmt: skip
    return Template("loyalty/program.html", context=context)


@get("/loyalty/program/new", guards=[requires(EDIT)], include_in_schema=False)
async def new_program_page(request: Person, tx: Transaction) -> Template:
    """The form of the next version: what holds now, from tomorrow on."""
    now = await program.program_in_force(tx)
    tomorrow = tx.now.astimezone(now.zone).date() + timedelta(days=1)
    return await _form(request, tx, fields_of_program(now, starts_on=tomorrow), {})


@post("/loyalty/program/new", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def program_by_form(request: Person, tx: Transaction) -> Response[Any]:
    """By the button that was pressed: another row, one less, a look at what it would do, or the version saved."""
    form = await request.form()
    fields = read_fields(form)
    act = str(form.get("act", "preview"))
    if act == "add":
        fields.tiers.append(TierFields())
        return await _form(request, tx, fields, {})
    if act.startswith("remove-"):
        gone = act.removeprefix("remove-")
        fields.tiers = [row for place, row in enumerate(fields.tiers) if str(place) != gone]
        return await _form(request, tx, fields, {})
    new, errors = program_said(fields)
    if new is None:
        return await _form(request, tx, fields, errors)
    try:
        async with tx.savepoint():
            program.check_terms(new)
            program.starts_at(new, now=tx.now)
            if act == "save":
                await program.add_program(tx, new=new, actor=request.user)
                return Redirect("/loyalty/program", status_code=303)
    except Problem as problem:
        return await _form(request, tx, fields, errors_of(problem, fields.tiers))
    return await _form(request, tx, fields, {}, new=new)


async def _form(
    request: Person, tx: Tx, fields: ProgramFields, errors: dict[str, str], *, new: NewProgram | None = None
) -> Template:
    now = await program.program_in_force(tx)
    places = await hospitals(tx)
    names = {tier.code: tier.name for tier in now.tiers} | {tier.code: tier.name for tier in (new.tiers if new else [])}
    zones = {"UTC", now.time_zone} | {one.time_zone for one in places}
    context = await shared(tx) | {
        "values": fields.values, "rows": fields.tiers or [TierFields()], "errors": errors,
        "earns": EARNS, "roles": AWARDING,
        "zones": [(one, one.replace("_", " ")) for one in sorted(zones)],
        "program": now, "rules": RULES,
        "currencies": [(one, one) for one in sorted({it.currency for it in places} | {now.currency or "USD"})],
        "preview": await members.preview(tx, new=new, names=request.user.may(READ)) if new else None,
        "new": new, "may_add_row": len(fields.tiers) < MOST_TIERS, "tabs": tabs(request.user), "tier_names": names,
        "today": tx.now.astimezone(now.zone).date().isoformat(), "problem": FIRST_PROBLEM if errors else "",
    }  # fmt: skip
    return Template("loyalty/program_form.html", context=context, status_code=422 if errors else 200)


@post("/loyalty/program/{program_id:int}/withdraw", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def withdraw_by_form(program_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes a version back that has not begun."""
    await program.withdraw_program(tx, program_id=program_id, actor=request.user)
    return said("Taken back", redirect="/loyalty/program")


PROGRAM_PAGES: list[Any] = [program_page, new_program_page, program_by_form, withdraw_by_form]
