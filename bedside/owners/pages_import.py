"""Importing owners from a table, in two steps: what it would do, and doing it; and undoing it as a whole."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, table_of
from bedside.owners import importing, store_documents
from bedside.owners.importing import COLUMNS
from bedside.owners.model import Id
from bedside.owners.routes_documents import LARGEST_TABLE

Person = Request[SignedIn, Any, Any]


async def _page(
    tx: Transaction, *, problem: str = "", outcome: Any = None, table: str = "", name: str = ""
) -> Template:
    done = await store_documents.IMPORTS.page(tx, filters={}, limit=10)
    context = {
        "imports": [importing.shown(one) for one in done.items], "problem": problem, "outcome": outcome,
        "table": table, "file_name": name, "example": COLUMNS.example,
    }  # fmt: skip
    return Template("owners/import.html", context=context, status_code=422 if problem else 200)


@get("/owners/import", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def import_page(tx: Transaction) -> Template:
    """Choosing a table, and what was imported before."""
    return await _page(tx)


@post(
    "/owners/import",
    guards=[requires(Permission.OWNERS_EDIT)],
    request_max_body_size=2 * LARGEST_TABLE + 1_000_000,  # it comes back with the form, two letters a byte
    status_code=200,
    include_in_schema=False,
)
async def import_by_form(request: Person, tx: Transaction) -> Template:
    """First says what the table would do, and then, sent again with `do`, does it. In between the table travels with
    the form, so that nothing is kept of one that is given up."""
    form = await request.form()
    do = form.get("do") == "yes"
    try:
        name, content = await table_of(request)
        async with as_file(content, largest=LARGEST_TABLE) as path, tx.savepoint():
            outcome = await importing.import_owners(
                tx,
                path=path,
                file_name=name,
                do=do,
                duplicates_too=form.get("duplicates_too") == "yes",
                actor=request.user,
            )
    except Problem as problem:
        return await _page(tx, problem=f"{problem.detail} {problem.next_step or ''}")
    return await _page(tx, outcome=outcome, table="" if do else content.hex(), name=name)


@post(
    "/owners/imports/{import_id:int}/undo",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def undo_by_form(import_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Undoes an import as a whole, or says why it cannot be."""
    undone = await importing.undo_import(tx, import_id=import_id, actor=request.user)
    context = {"title": "Undone", "text": undone.file_name}
    return Template("owners/said.html", context=context, headers={"HX-Redirect": "/owners/import"})


PAGES: list[Any] = [import_page, import_by_form, undo_by_form]
