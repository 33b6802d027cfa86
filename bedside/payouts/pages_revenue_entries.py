"""Adding revenue from its page: an entry, a refund, a correction, or a table of them; and undoing a table."""

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import Annotated, Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import departments, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import amount_text
from bedside.payouts import revenue, revenue_imports
from bedside.payouts.import_files import LARGEST
from bedside.payouts.model import Id, NewRevenueEntry
from bedside.payouts.page_context import Person, chosen_hospital, month_options, places_of, said, today_of, words_of

_FIELDS = (
    "hospital_id", "department_id", "service_line", "revenue_on", "amount", "description", "external_id", "period",
    "kind", "corrects",
)  # fmt: skip
_WORDS = {
    "amount": "Write the amount as a decimal, such as 1250.00.",
    "revenue_on": "Give the day on which it was earned.",
    "hospital_id": "Say which hospital earned it.",
}
_TITLES = {"charge": "Add revenue", "refund": "Add a refund", "correction": "Add a correction"}


async def _form(request: Person, tx: Tx, values: dict[str, Any], errors: dict[str, str] | None = None) -> Template:
    places = await hospitals(tx, ids=request.user.hospitals)
    hospital_id = number_in(values.get("hospital_id")) or (places[0].id if places else None)
    today = today_of(request, tx)
    context = {
        "values": dict.fromkeys(_FIELDS, "") | values | {"hospital_id": hospital_id}, "errors": errors or {},
        "title": _TITLES.get(str(values.get("kind")), "Add revenue"), "places": [(one.id, one.name) for one in places],
        "departments": await _departments(tx, hospital_id), "today": today.isoformat(),
        "months": month_options(today, back=12),
        "currency": next((one.currency for one in places if one.id == hospital_id), ""),
    }  # fmt: skip
    return Template("payouts/revenue_form.html", context=context, status_code=422 if errors else 200)


async def _departments(tx: Tx, hospital_id: int | None) -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in await departments(tx) if one.hospital_id == hospital_id]


@get("/revenue/new", guards=[requires(Permission.REVENUE_EDIT)], include_in_schema=False)
async def new_entry_dialog(
    request: Person,
    tx: Transaction,
    kind: Annotated[str, QueryParameter(description="charge, refund or correction")] = "charge",
    corrects: Annotated[Id | None, QueryParameter(description="The entry that it is about.")] = None,
) -> Template:
    """The form for an entry; one about another begins with what that says."""
    values: dict[str, Any] = {
        "kind": kind if kind in _TITLES else "charge", "revenue_on": today_of(request, tx).isoformat(),
        "hospital_id": chosen_hospital(request) or "",
    }  # fmt: skip
    if corrects is not None:
        about = await revenue.seen_entry(tx, entry_id=corrects, user=request.user)
        whole = amount_text(abs(about.amount_minor), about.currency) if kind == "refund" else ""
        values |= {
            "corrects": about.id, "hospital_id": about.hospital_id, "department_id": about.department_id or "",
            "service_line": about.service_line, "amount": whole,
            "description": f"{'Refund' if kind == 'refund' else 'Correction'} of {about.external_id or about.id}",
        }  # fmt: skip
    return await _form(request, tx, values)


@get("/revenue/departments", guards=[requires(Permission.REVENUE_EDIT)], include_in_schema=False)
async def departments_of(
    request: Person, tx: Transaction, hospital_id: Annotated[str, QueryParameter(name="hospital_id")] = ""
) -> Template:
    """The departments of a hospital, for the form."""
    wanted = number_in(hospital_id)
    request.user.check_works_at(wanted)
    context = {"departments": await _departments(tx, wanted), "values": {"department_id": ""}, "errors": {}}
    return Template("payouts/departments.html", context=context)


@post("/revenue", guards=[requires(Permission.REVENUE_EDIT)], status_code=200, include_in_schema=False)
async def add_entry(request: Person, tx: Transaction) -> Template:
    """Records it. A refund is typed without its sign."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in _FIELDS}
    kind = values["kind"] if values["kind"] in _TITLES else "charge"
    amount = values["amount"].replace(",", "")
    given = {
        "hospital_id": number_in(values["hospital_id"]), "department_id": number_in(values["department_id"]),
        "service_line": values["service_line"], "revenue_on": values["revenue_on"],
        "amount": f"-{amount}" if kind == "refund" and not amount.startswith("-") else amount, "kind": kind,
        "corrects": number_in(values["corrects"]), "description": values["description"], "source": "portal",
        "external_id": values["external_id"] or None, "period": values["period"] or None,
    }  # fmt: skip
    try:
        if not amount:
            raise Wrong({"amount": _WORDS["amount"]})
        new = read_as(NewRevenueEntry, given, _WORDS)
        async with tx.savepoint():
            await revenue.record_entries(tx, new=[new], actor=request.user, pointer="")
    except Wrong as wrong:
        return await _form(request, tx, values, wrong.errors)
    except Problem as problem:
        return await _form(request, tx, values, told(problem, _FIELDS))
    words = {"charge": "It is shared by the terms of its day.", "refund": "It counts against its month."}
    return said("Recorded", words.get(kind, "It stands beside what it corrects."), tell="revenue")


async def _imports(request: Person, tx: Tx, more: dict[str, Any]) -> dict[str, Any]:
    page = await revenue_imports.imports(tx, user=request.user, cursor=None, limit=20)
    return {
        "imports": page.items, "places": await places_of(tx, request.user), "outcome": None, "problem": "",
        "sha256": "", "hospital": chosen_hospital(request) or "",
    } | more  # fmt: skip


@get("/revenue/import", guards=[requires(Permission.REVENUE_EDIT)], include_in_schema=False)
async def import_page(request: Person, tx: Transaction) -> Template:
    """Importing a table, and what was imported."""
    return Template("payouts/import.html", context=await _imports(request, tx, {}))


@get("/revenue/import/list", guards=[requires(Permission.REVENUE_EDIT)], include_in_schema=False)
async def imports_region(request: Person, tx: Transaction) -> Template:
    """What was imported."""
    return Template("payouts/import_list.html", context=await _imports(request, tx, {}))


@post(
    "/revenue/import",
    guards=[requires(Permission.REVENUE_EDIT)],
    request_max_body_size=LARGEST + 1_000_000,
    status_code=200,
    include_in_schema=False,
)
async def import_by_form(request: Person, tx: Transaction) -> Template:
    """Looks at a table, or records what it says: only the very bytes that were looked at."""
    form = await request.form()
    fields = await fields_of(request)
    upload = form.get("file")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    if not isinstance(upload, UploadFile) or not content:
        return await _outcome(request, tx, {"problem": "Choose a file first."})
    if len(content) > LARGEST:
        return await _outcome(request, tx, {"problem": f"At most {LARGEST // 1_000_000} MB are taken."})
    sha256 = hashlib.sha256(content).hexdigest()
    do = fields.get("do") == "yes" and fields.get("sha256") == sha256
    try:
        with tempfile.TemporaryDirectory(prefix="bedside-import-") as folder:
            path = Path(folder) / "table"
            await asyncio.to_thread(path.write_bytes, content)
            async with tx.savepoint():
                outcome = await revenue_imports.import_table(
                    tx, path=path, file_name=upload.filename or "table", source="import",
                    hospital_id=number_in(fields.get("hospital")), do=do, actor=request.user,
                )  # fmt: skip
    except Problem as problem:
        return await _outcome(request, tx, {"problem": words_of(problem)})
    return await _outcome(request, tx, {"outcome": outcome, "sha256": sha256})


async def _outcome(request: Person, tx: Tx, more: dict[str, Any]) -> Template:
    context = await _imports(request, tx, more)
    headers = {"HX-Trigger": "revenue"}
    return Template("payouts/import_outcome.html", context=context, headers=headers)


@post(
    "/revenue/imports/{import_id:int}/undo",
    guards=[requires(Permission.REVENUE_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def undo_by_form(import_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Mirrors every entry of an import."""
    await revenue_imports.undo_import(tx, import_id=import_id, actor=request.user)
    return said("Undone", "Every entry of it has its mirror image now.", tell="revenue")


PAGES: list[Any] = [
    new_entry_dialog, departments_of, add_entry, import_page, imports_region, import_by_form, undo_by_form,
]  # fmt: skip
