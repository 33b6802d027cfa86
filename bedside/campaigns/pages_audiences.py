"""The pages of audiences: the list, and the builder of a rule with its count beside it."""

import json
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import audiences, store_audiences, store_rules
from bedside.campaigns.audience_model import Audience, AudienceChanges, Id, NewAudience, Question
from bedside.campaigns.pages import LEFT_OUT
from bedside.campaigns.rules import Rule, Whose
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.CAMPAIGNS_READ)], [requires(Permission.CAMPAIGNS_EDIT)]
FIELDS = ("name", "description", "rule", "hospital_id")
LARGEST = 50_000  # characters of a rule
_WORDS = {"name": "Give it a name, 120 letters at most.", "description": "1,000 letters at most."}


@get("/audiences", guards=READ, include_in_schema=False)
async def audiences_page(
    request: Asked,
    tx: Transaction,
    q: Annotated[str, QueryParameter(name="q")] = "",
    archived: Annotated[str, QueryParameter(name="archived")] = "",
    sort: Annotated[str, QueryParameter(name="sort")] = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """Every audience, the newest first."""
    page = await store_audiences.AUDIENCES.page(
        tx,
        filters={"q": q.strip()[:120] or None, "archived": archived == "true", "within": request.user.hospitals},
        sort=sort if sort in ("name", "-name", "created", "-created") else None,
        cursor=cursor or None,
        limit=25,
    )
    context = {"found": page.items, "next": page.next, "q": q, "archived": archived, "query": request.url.query,
               "sort": sort}  # fmt: skip
    return Template("campaigns/audiences.html", context=context)


@get("/audiences/new", guards=EDIT, include_in_schema=False)
async def new_audience_page(
    request: Asked,
    tx: Transaction,
    whose: Annotated[str, QueryParameter(name="whose")] = "",
    rule: Annotated[str, QueryParameter(name="rule")] = "",
) -> Template:
    """The builder, empty, or with the rule of a page that offers to make an audience of whom it shows."""
    chosen: Whose = "owners" if whose == "owners" else "patients"
    context = await _builder(request, tx, chosen, None)
    if rule:
        with suppress(Wrong, Problem):  # an address that somebody broke opens the builder empty
            offered = _rule({"rule": rule})
            await audiences.check_rule(tx, offered, whose=chosen, pointer="/rule")
            context["rule"] = json.dumps(msgspec.to_builtins(offered))
    return Template("campaigns/audience.html", context=context)


@get("/audiences/{audience_id:int}", guards=READ, include_in_schema=False)
async def audience_page(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """The builder, with an audience's rule."""
    found = await audiences.audience(tx, audience_id=audience_id, user=request.user)
    return Template("campaigns/audience.html", context=await _builder(request, tx, found.whose, found))


async def _builder(request: Asked, tx: Tx, whose: Whose, one: Audience | None) -> dict[str, Any]:
    user = request.user
    fields = await audiences.fields(tx, whose=whose)
    names = await store_rules.names_of_records(
        tx, {field.records for field in fields if field.records}, within=user.hospitals
    )
    offered = [
        msgspec.to_builtins(field) | {"operators": field.operators, "options": names.get(field.records, field.choices)}
        for field in fields
    ]
    places = [(place.id, place.name) for place in await hospitals(tx, ids=user.hospitals)]
    return {
        "one": one,
        "whose": whose,
        "fields": json.dumps(offered),
        "rule": json.dumps(msgspec.to_builtins(one.rule) if one else {}),
        "versions": await store_audiences.versions(tx, one.id) if one else [],
        "places": places,
        "place": (one.hospital_id or "") if one else (places[0][0] if user.hospitals is not None and places else ""),
        "of_the_group": user.hospitals is None,
        "may_edit": user.may(Permission.CAMPAIGNS_EDIT)
        and (one is None or one.hospital_id is not None or user.hospital_ids is None),
        "errors": {},
    }


@post("/audiences/count", guards=READ, include_in_schema=False, status_code=200)
async def count_from_page(request: Asked, tx: Transaction) -> Template:
    """Whom the rule, as it stands in the builder, comes to."""
    values = await fields_of(request)
    context: dict[str, Any] = {"left_out": LEFT_OUT, "reach": None, "because": ""}
    try:
        question = Question(
            whose="owners" if values.get("whose") == "owners" else "patients",
            rule=_rule(values),
            hospital_id=number_in(values.get("hospital_id", "")),
            roughly=True,
        )
        context["reach"] = await audiences.reach(tx, question=question, user=request.user)
    except Wrong as wrong:
        context["because"] = " ".join(wrong.errors.values())
    except Problem as problem:
        context["because"] = f"{problem.detail} {problem.next_step or ''}".strip()
    return Template("campaigns/audience_count.html", context=context)


@post("/audiences", guards=EDIT, include_in_schema=False, status_code=200)
async def add_from_page(request: Asked, tx: Transaction) -> Template:
    """Keeps the rule under a name."""
    values = await fields_of(request)
    try:
        async with tx.savepoint():
            given = {"name": values.get("name", ""), "description": values.get("description", "")}
            new = read_as(NewAudience, given, _WORDS)
            new.whose = "owners" if values.get("whose") == "owners" else "patients"
            new.rule, new.hospital_id = _rule(values), number_in(values.get("hospital_id", ""))
            made = await audiences.add(tx, new=new, user=request.user)
    except (Wrong, Problem) as fault:
        return _refused(fault)
    return Template(
        "campaigns/said.html",
        context={"title": "Kept", "text": made.name},
        headers={"HX-Redirect": f"/audiences/{made.id}"},
    )


@post("/audiences/{audience_id:int}", guards=EDIT, include_in_schema=False, status_code=200)
async def change_from_page(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Keeps what was changed; the rule that it had stays as a version."""
    values = await fields_of(request)
    try:
        async with tx.savepoint():
            given = {"name": values.get("name", ""), "description": values.get("description", "")}
            changes = read_as(AudienceChanges, given, _WORDS)
            changes.rule = _rule(values)
            changed = await audiences.change(
                tx,
                audience_id=audience_id,
                changes=changes,
                expected_version=number_in(values.get("version", "")),
                user=request.user,
            )
    except (Wrong, Problem) as fault:
        return _refused(fault)
    return Template(
        "campaigns/said.html",
        context={"title": "Kept", "text": changed.name},
        headers={"HX-Redirect": f"/audiences/{changed.id}"},
    )


@post("/audiences/{audience_id:int}/archive", guards=EDIT, include_in_schema=False, status_code=200)
async def archive_from_page(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Puts it away, or takes it out again."""
    found = await audiences.audience(tx, audience_id=audience_id, user=request.user)
    changes = AudienceChanges(archived=found.archived_at is None)
    await audiences.change(tx, audience_id=audience_id, changes=changes, expected_version=None, user=request.user)
    title = "Put away" if found.archived_at is None else "Taken out again"
    return Template(
        "campaigns/said.html", context={"title": title, "text": found.name}, headers={"HX-Redirect": "/audiences"}
    )


def _rule(values: dict[str, str]) -> Rule:
    """The builder's rule. Raises Wrong where that is none."""
    text = values.get("rule") or "{}"
    try:
        return msgspec.json.decode(text[:LARGEST], type=Rule)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        raise Wrong({"rule": "The rule could not be read. Load the page again."}) from None


def _refused(fault: Wrong | Problem) -> Template:
    errors = fault.errors if isinstance(fault, Wrong) else told(fault, FIELDS)
    return Template("campaigns/audience_refused.html", context={"errors": errors}, status_code=422)


AUDIENCE_PAGES = [
    audiences_page,
    new_audience_page,
    audience_page,
    count_from_page,
    add_from_page,
    change_from_page,
    archive_from_page,
]
