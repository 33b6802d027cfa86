"""Stopping addresses from a table, in two steps: what it would do, and doing it."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, table_of
from bedside.messaging import importing_suppressions
from bedside.messaging.importing_suppressions import COLUMNS, LARGEST, SuppressionsImported
from bedside.messaging.store_suppressions import REASONS

Asked = Request[SignedIn, Any, Any]
CHANGE = [requires(Permission.MESSAGES_SEND)]
# broken lines first: they are what somebody has to look at
_ORDER = {"refused": 0, "same": 1, "new": 2}
SHOWN = 500


def _page(
    *, problem: str = "", outcome: SuppressionsImported | None = None, table: str = "", name: str = ""
) -> Template:
    lines = sorted(outcome.lines, key=lambda one: _ORDER[one.outcome]) if outcome else []
    context = {
        "problem": problem,
        "outcome": outcome,
        "lines": lines[:SHOWN],
        "more": len(lines) - SHOWN,
        "table": table,
        "file_name": name,
        "example": COLUMNS.example,
        "reasons": REASONS,
    }
    return Template("messaging/suppressions_import.html", context=context, status_code=422 if problem else 200)


@get("/suppressions/import", guards=CHANGE, include_in_schema=False)
async def import_page() -> Template:
    """Choosing a table."""
    return _page()


@post(
    "/suppressions/import",
    guards=CHANGE,
    request_max_body_size=2 * LARGEST + 1_000_000,  # it comes back with the form, two letters a byte
    status_code=200,
    include_in_schema=False,
)
async def import_by_form(request: Asked, tx: Transaction) -> Template:
    """First says what the table would do, and then, sent again with `do`, does it. In between the table travels with
    the form, so that nothing is kept of one that is given up."""
    form = await request.form()
    do = form.get("do") == "yes"
    try:
        name, content = await table_of(request)
        async with as_file(content, largest=LARGEST) as path, tx.savepoint():
            outcome = await importing_suppressions.import_suppressions(
                tx, path=path, file_name=name, dry_run=not do, user=request.user
            )
    except Problem as problem:
        return _page(problem=f"{problem.detail} {problem.next_step or ''}")
    return _page(outcome=outcome, table="" if do else content.hex(), name=name)


PAGES: list[Any] = [import_page, import_by_form]
