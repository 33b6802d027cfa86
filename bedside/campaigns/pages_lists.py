"""The pages of lists: a new one, who is on it, and people from a file in two steps."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import audiences, list_files, lists, store_lists
from bedside.campaigns.audience_model import Id, NewAudience, Question
from bedside.campaigns.list_files import LARGEST
from bedside.campaigns.list_model import ListImported, NewMembers, RefusedLine
from bedside.campaigns.pages import LEFT_OUT
from bedside.campaigns.pages_words import CAME_BY, ways
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import table
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, table_of
from bedside.patients import search

Asked = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.CAMPAIGNS_READ)], [requires(Permission.CAMPAIGNS_EDIT)]
SHOWN = 500
_WORDS = {"name": "Give it a name, 120 letters at most.", "description": "1,000 letters at most."}


async def _dialog(tx: Tx, user: SignedIn, values: dict[str, str], errors: dict[str, str]) -> Template:
    places = [(place.id, place.name) for place in await hospitals(tx, ids=user.hospitals)]
    context = {
        "values": values,
        "errors": errors,
        "places": places,
        "of_the_group": user.hospitals is None,
        "kinds": [("patients", "Patients")] + ([("owners", "Owners")] if user.may(Permission.OWNERS_READ) else []),
    }
    return Template("campaigns/list_new.html", context=context, status_code=422 if errors else 200)


@get("/audiences/lists/new", guards=EDIT, include_in_schema=False)
async def new_list_dialog(request: Asked, tx: Transaction) -> Template:
    """The dialog of a new list."""
    return await _dialog(tx, request.user, {}, {})


@post("/audiences/lists", guards=EDIT, include_in_schema=False, status_code=200)
async def add_list_from_page(request: Asked, tx: Transaction) -> Template:
    """Begins an empty list, and goes to it."""
    values = await fields_of(request)
    try:
        async with tx.savepoint():
            given = {"name": values.get("name", ""), "description": values.get("description", "")}
            new = read_as(NewAudience, given, _WORDS)
            new.kind, new.whose = "list", "owners" if values.get("whose") == "owners" else "patients"
            new.hospital_id = number_in(values.get("hospital_id", ""))
            made = await audiences.add(tx, new=new, user=request.user)
    except Wrong as wrong:
        return await _dialog(tx, request.user, values, wrong.errors)
    except Problem as problem:
        return await _dialog(tx, request.user, values, told(problem, ("name", "description", "hospital_id")))
    return _said("Begun", made.name, made.id)


def _said(title: str, text: str, list_id: int) -> Template:
    context = {"title": title, "text": text}
    return Template("campaigns/said.html", context=context, headers={"HX-Redirect": f"/audiences/{list_id}/people"})


@get("/audiences/{audience_id:int}/people", guards=EDIT, include_in_schema=False)
async def people_page(
    request: Asked,
    tx: Transaction,
    audience_id: FromPath[Id],
    q: Annotated[str, QueryParameter(name="q")] = "",
    how: Annotated[str, QueryParameter(name="how")] = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """Who is on a list, who came last first, and how people join it themselves."""
    user = request.user
    found = await lists.the_list(tx, list_id=audience_id, user=user)
    came = how if how in CAME_BY else None
    filters = {"q": q.strip()[:120] or None, "how": came, "list_id": found.id, "within": user.hospitals}
    page = await store_lists.MEMBERS[found.whose].page(tx, filters=filters, cursor=cursor or None, limit=50)
    context = {
        "one": found,
        "members": page.items,
        "next": page.next,
        "q": q,
        "how": came or "",
        "came_by": CAME_BY,
        "ways": await ways(tx, user, found),
        "query": request.url.query,
        "may_change": found.hospital_id is not None or user.hospital_ids is None,
        "may_open": user.may(Permission.OWNERS_READ if found.whose == "owners" else Permission.PATIENTS_READ),
    }
    return Template("campaigns/list_people.html", context=context)


@get("/audiences/{audience_id:int}/people/options", guards=EDIT, include_in_schema=False)
async def people_options(
    request: Asked, tx: Transaction, audience_id: FromPath[Id], q: Annotated[str, QueryParameter(name="q")] = ""
) -> Template:
    """Patients to put on a list, of its hospital: by name and number, which is what marketing may know of them."""
    found = await lists.the_list(tx, list_id=audience_id, user=request.user)
    theirs = found.whose == "patients" and (found.hospital_id is not None or request.user.hospital_ids is None)
    people = await search(tx, text=q[:200], limit=8, hospital_id=found.hospital_id) if theirs else []
    return Template("campaigns/list_options.html", context={"people": people})


@get("/audiences/{audience_id:int}/people/count", guards=READ, include_in_schema=False)
async def people_count(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Whom of the list each channel reaches."""
    reach = await audiences.reach(tx, question=Question(audience_id=audience_id, roughly=True), user=request.user)
    reach.sample = []  # they stand beside it
    return Template("campaigns/audience_count.html", context={"left_out": LEFT_OUT, "reach": reach, "because": ""})


@post("/audiences/{audience_id:int}/people", guards=EDIT, include_in_schema=False, status_code=200)
async def add_person_from_page(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Puts the person who was looked up on the list."""
    person = number_in((await fields_of(request)).get("person_id", ""))
    try:
        if person is None or not 0 < person < 2**63:
            raise Wrong({"person_id": "Look somebody up first, and choose them."})
        async with tx.savepoint():
            done = await lists.add(tx, list_id=audience_id, new=NewMembers(person_ids=[person]), user=request.user)
    except (Wrong, Problem) as fault:
        errors = fault.errors if isinstance(fault, Wrong) else told(fault, ("person_id",))
        return Template("campaigns/audience_refused.html", context={"errors": errors}, status_code=422)
    return _said("Put on the list" if done.new else "On the list already", "", audience_id)


@post(
    "/audiences/{audience_id:int}/people/{person_id:int}/remove", guards=EDIT, include_in_schema=False, status_code=200
)
async def remove_person_from_page(
    request: Asked, tx: Transaction, audience_id: FromPath[Id], person_id: FromPath[Id]
) -> Template:
    """Takes somebody off the list, once that was confirmed."""
    await lists.remove(tx, list_id=audience_id, person_id=person_id, user=request.user)
    undo = f"/audiences/{audience_id}/people/{person_id}/put-back"
    return _told_here("Taken off the list", undo=undo)


@post(
    "/audiences/{audience_id:int}/people/{person_id:int}/put-back",
    guards=EDIT,
    include_in_schema=False,
    status_code=200,
)
async def put_person_back_from_page(
    request: Asked, tx: Transaction, audience_id: FromPath[Id], person_id: FromPath[Id]
) -> Template:
    """Undoes that: they are on it again as they had come."""
    await lists.put_back(tx, list_id=audience_id, person_id=person_id, user=request.user)
    return _told_here("On the list again", undo="")


def _told_here(title: str, *, undo: str) -> Template:
    """Says it in a corner; the table fetches itself again."""
    context = {"title": title, "text": "", "undo": undo}
    return Template("campaigns/said.html", context=context, headers={"HX-Trigger": "list-changed"})


@get("/audiences/{audience_id:int}/people/import", guards=EDIT, include_in_schema=False)
async def import_page(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Choosing a table."""
    return await _import(tx, request.user, audience_id)


@post(
    "/audiences/{audience_id:int}/people/import",
    guards=EDIT,
    request_max_body_size=2 * LARGEST + 1_000_000,  # it comes back with the form, two letters a byte
    status_code=200,
    include_in_schema=False,
)
async def import_by_form(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template | Stream:
    """First says what the table would do, and then, sent again with `do`, does it, or gives the lines that it leaves
    out as a table. In between the table travels with the form, so that nothing is kept of one that is given up."""
    do = (await request.form()).get("do")
    try:
        name, content = await table_of(request)
        async with as_file(content, largest=LARGEST) as path, tx.savepoint():
            outcome = await list_files.import_members(
                tx, list_id=audience_id, path=path, file_name=name, dry_run=do != "yes", user=request.user
            )
    except Problem as problem:
        because = f"{problem.detail} {problem.next_step or ''}"
        return await _import(tx, request.user, audience_id, problem=because)
    if do == "refused":
        return await table("csv", ("line", "said", "outcome", "why"), _lines(outcome.refused), name="left-out")
    return await _import(tx, request.user, audience_id, outcome=outcome, table=content.hex(), name=name)


async def _lines(refused: Sequence[RefusedLine]) -> AsyncIterator[Sequence[Any]]:
    for one in refused:
        yield one.line, one.said, one.outcome, one.because


async def _import(
    tx: Tx,
    user: SignedIn,
    list_id: int,
    *,
    problem: str = "",
    outcome: ListImported | None = None,
    table: str = "",
    name: str = "",
) -> Template:
    context = {
        "one": await lists.the_list(tx, list_id=list_id, user=user),
        "problem": problem,
        "outcome": outcome,
        "lines": outcome.refused[:SHOWN] if outcome else [],
        "more": len(outcome.refused) - SHOWN if outcome else 0,
        "table": table,
        "file_name": name,
    }
    return Template("campaigns/list_import.html", context=context, status_code=422 if problem else 200)


LIST_PAGES: list[Any] = [
    new_list_dialog,
    add_list_from_page,
    people_page,
    people_options,
    people_count,
    add_person_from_page,
    remove_person_from_page,
    put_person_back_from_page,
    import_page,
    import_by_form,
]
