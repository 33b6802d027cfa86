"""SQL of a rule: each field is one condition on a person `p`, and a whole rule one condition with its parameters.

Values never become SQL text: they are parameters, named apart from the statement's own. What a field asks of is
found by an index of the table that it asks, and by none of `p` itself, since an audience reads most people anyway.
"""

from collections.abc import Callable, Mapping
from typing import Any, LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns import store_engagement
from bedside.campaigns.rules import CUSTOM, Field, Rule, Whose, catalogue
from bedside.kit.database import Tx

Give = Callable[[Any], sql.Composable]
Condition = Callable[[str, Any, Give], sql.Composable]

_DONE: LiteralString = "from crm.appointments a where a.patient_id = p.id and a.status = 'completed'"
_AHEAD: LiteralString = (
    "from crm.appointments a where a.patient_id = p.id and a.status in ('scheduled', 'confirmed')"
    " and a.starts_at > %(now)s"
)
_COMPARE: dict[str, LiteralString] = {"at_least": ">=", "at_most": "<=", "before": "<", "after": ">"}


class Compiled(msgspec.Struct, frozen=True):
    """A condition on `p`, and the parameters in it."""

    condition: sql.Composable
    values: dict[str, Any]


class CustomField(msgspec.Struct):
    """A hospital's own field, as rules may ask of it."""

    id: int
    key: str
    label: str
    type: str
    choices: list[str]


_KINDS = {"text": "text", "number": "number", "date": "date", "boolean": "yes_no", "choice": "choice"}


async def fields_of(tx: Tx, *, whose: Whose) -> tuple[dict[str, Field], dict[str, CustomField]]:
    """Everything that may be asked, by key, the hospital's own fields among it; and those, by the same key."""
    found = await tx.all(
        CustomField,
        """select id, key, label, type, choices from crm.custom_fields
           where subject = %(subject)s and archived_at is null order by position, id""",
        subject="patient" if whose == "patients" else "owner",
    )
    custom = {CUSTOM + one.key: one for one in found}
    fields = tuple(
        Field(
            key=key, label=one.label, group="Own fields", kind=_KINDS[one.type],  # type: ignore[arg-type]
            choices=tuple((choice, choice) for choice in one.choices),
        )
        for key, one in custom.items()
    )  # fmt: skip
    return catalogue(whose, fields), custom


def compile_rule(rule: Rule, *, whose: Whose, custom: Mapping[str, CustomField]) -> Compiled:
    """The rule as one condition. It has been checked."""
    values: dict[str, Any] = {}

    def give(value: Any) -> sql.Composable:
        name = f"rule_{len(values)}"
        values[name] = value
        return sql.Placeholder(name)

    return Compiled(_compile(rule, PATIENTS if whose == "patients" else OWNERS, custom, give), values)


def _compile(
    rule: Rule, known: Mapping[str, Condition], custom: Mapping[str, CustomField], give: Give
) -> sql.Composable:
    if rule.field is not None and rule.operator is not None:
        if rule.field in custom:
            return _custom(custom[rule.field], rule.operator, rule.value, give)
        return known[rule.field](rule.operator, rule.value, give)
    if rule.match is None:
        return sql.SQL("true")
    parts = [_compile(one, known, custom, give) for one in rule.rules]
    joined = sql.SQL(" and " if rule.match == "all" else " or ").join(parts)
    return sql.SQL("(not coalesce({}, false))" if rule.match == "none" else "({})").format(joined)


def _number(expression: LiteralString) -> Condition:
    def condition(operator: str, value: Any, give: Give) -> sql.Composable:
        if operator == "between":
            low, high = value
            text = sql.SQL("({} between {} and {})")
            return text.format(sql.SQL(expression), give(low), give(high))
        return sql.SQL("({} {} {})").format(sql.SQL(expression), sql.SQL(_COMPARE[operator]), give(value))

    return condition


def _one_of(expression: LiteralString, type_: LiteralString = "text") -> Condition:
    """Of a column: who has nothing there is none of any."""

    def condition(operator: str, value: Any, give: Give) -> sql.Composable:
        found = sql.SQL("coalesce({} = any({}::" + type_ + "[]), false)").format(sql.SQL(expression), give(value))
        return found if operator == "is_one_of" else sql.SQL("(not {})").format(found)

    return condition


def _exists(rows: LiteralString, column: LiteralString, type_: LiteralString = "bigint") -> Condition:
    """Of rows in another table: some with one of these, or none."""

    def condition(operator: str, value: Any, give: Give) -> sql.Composable:
        text = sql.SQL("exists (select {} and {} = any({}::" + type_ + "[]))")
        found = text.format(sql.SQL(rows), sql.SQL(column), give(value))
        return found if operator == "is_one_of" else sql.SQL("(not {})").format(found)

    return condition


def _language(operator: str, value: Any, give: Give) -> sql.Composable:
    # es-MX is Spanish too
    spoken = sql.SQL("(array[lower(p.language), lower(split_part(p.language, '-', 1))] && {}::text[])")
    if operator == "contains":
        return sql.SQL("(position({} in lower(p.language)) > 0)").format(give(str(value).strip().lower()))
    found = spoken.format(give([str(one).lower() for one in value]))
    return found if operator == "is_one_of" else sql.SQL("(not {})").format(found)


def _birthday(operator: str, value: Any, give: Give) -> sql.Composable:
    if operator == "some":
        return sql.SQL("(p.date_of_birth is not null)")
    if operator == "none":
        return sql.SQL("(p.date_of_birth is null)")
    # the last birthday on or before that day is not before today; of 29 February in other years the 28th
    return sql.SQL(
        "coalesce((p.date_of_birth + make_interval(years => extract(year from"
        " age(%(now)s::date + {0}::integer, p.date_of_birth))::integer))::date >= %(now)s::date"
        " and p.date_of_birth <= %(now)s::date, false)"
    ).format(give(value))


def _registered(operator: str, value: Any, give: Give) -> sql.Composable:
    if operator in ("ever", "never"):
        return sql.SQL("true" if operator == "ever" else "false")
    since = sql.SQL("%(now)s - make_interval(days => {})").format(give(value))
    return sql.SQL("(p.created_at >= {})" if operator == "within_days" else "(p.created_at < {})").format(since)


def _last_visit(operator: str, value: Any, give: Give) -> sql.Composable:
    some = sql.SQL("exists (select " + _DONE + ")")
    if operator == "ever":
        return some
    if operator == "never":
        return sql.SQL("(not {})").format(some)
    text = sql.SQL("exists (select " + _DONE + " and a.starts_at >= %(now)s - make_interval(days => {}))")
    lately = text.format(give(value))
    return lately if operator == "within_days" else sql.SQL("({} and not {})").format(some, lately)


def _next_visit(operator: str, value: Any, give: Give) -> sql.Composable:
    if operator == "within_days":
        soon = sql.SQL("exists (select " + _AHEAD + " and a.starts_at <= %(now)s + make_interval(days => {}))")
        return soon.format(give(value))
    return sql.SQL("exists (select " + _AHEAD + ")" if operator == "some" else "(not exists (select " + _AHEAD + "))")


def _custom(field: CustomField, operator: str, value: Any, give: Give) -> sql.Composable:
    """A hospital's own field: who has no value there is none of any, and neither more nor less."""
    stored: LiteralString = "v.value #>> '{{}}'"
    match field.type:
        case "number":
            inner = _number("(v.value #>> '{}')::numeric")(operator, value, give)
        case "date":
            inner = _number("(v.value #>> '{}')::date")(operator, value, give)
        case "boolean":
            inner = sql.SQL("((" + stored + ")::boolean = {})").format(give(value))
        case _ if operator == "contains":
            inner = sql.SQL("(position(lower({}) in lower(" + stored + ")) > 0)").format(give(str(value).strip()))
        case _:
            inner = sql.SQL("(" + stored + " = any({}::text[]))").format(give(value))
    text = sql.SQL("exists (select from crm.custom_values v where v.field_id = {} and v.subject_id = p.id and {})")
    found = text.format(give(field.id), inner)
    return sql.SQL("(not {})").format(found) if operator == "is_none_of" else found


_LACKING: LiteralString = "from crm.vaccinations v where v.patient_id = p.id and v.given_on is null and v.due_on"


def _dose(operator: str, value: Any, give: Give) -> sql.Composable:
    """A dose not given, of these vaccines or of any, due within so many days from today or overdue by so many."""
    if operator == "due_within_days":
        when = sql.SQL(" between %(now)s::date and %(now)s::date + {}::integer").format(give(value["days"]))
    else:  # what is due today is not overdue, whatever the days
        when = sql.SQL(" <= %(now)s::date - greatest({}::integer, 1)").format(give(value["days"]))
    of = sql.SQL(" and v.vaccine = any({}::text[])").format(give(value["of"])) if value.get("of") else sql.SQL("")
    return sql.SQL("exists (select " + _LACKING + "{}{})").format(when, of)


def _of_campaigns(rows: LiteralString) -> Condition:
    return _exists(rows, store_engagement.CAMPAIGN)


_TAGGED: LiteralString = "from crm.taggings t where t.subject_id = p.id and t.subject = "

PATIENTS: dict[str, Condition] = {
    "age": _number("extract(year from age(%(now)s::date, p.date_of_birth))"),
    "sex": _one_of("p.sex"),
    "language": _language,
    "hospital": _one_of("p.hospital_id", "bigint"),
    "preferred_channel": _one_of("p.preferred_channel"),
    "tag": _exists(_TAGGED + "'patient'", "t.tag_id"),
    "birthday": _birthday,
    "registered": _registered,
    "last_visit": _last_visit,
    "next_visit": _next_visit,
    "department": _exists(_DONE, "a.department_id"),
    "service": _exists(_DONE, "a.service_id"),
    "practitioner": _exists(_DONE, "a.practitioner_id"),
    "visits": _number("(select count(*) " + _DONE + ")"),
    "missed_visits": _number(
        "(select count(*) from crm.appointments a where a.patient_id = p.id and a.status = 'no_show')"
    ),
    "tier": _exists("from loyalty.patient_points l where l.patient_id = p.id", "l.tier_code", "text"),
    "points": _number(
        "(select coalesce(sum(o.left_over), 0) from loyalty.point_lots o where o.patient_id = p.id"
        " and o.left_over > 0 and (o.expires_at is null or o.expires_at > %(now)s))"
    ),
    "vaccination_overdue": _exists(_LACKING + " < %(now)s::date", "v.vaccine", "text"),
    "vaccination_due": _dose,
    "campaign_received": _of_campaigns(store_engagement.RECEIVED),
    "campaign_opened": _of_campaigns(store_engagement.READ),
    "campaign_clicked": _of_campaigns(store_engagement.FOLLOWED),
    "campaign_booked": _of_campaigns(store_engagement.BOOKED_AFTER),
    "last_engaged": store_engagement.last_engaged,
    "rating": _number(
        "(select f.rating from crm.patient_feedback f where f.patient_id = p.id order by f.id desc limit 1)"
    ),
}
OWNERS: dict[str, Condition] = {
    "kind": _one_of("p.kind"),
    "language": _language,
    "hospital": _exists("from crm.owner_hospitals h where h.owner_id = p.id", "h.hospital_id"),
    "tag": _exists(_TAGGED + "'owner'", "t.tag_id"),
    "registered": _registered,
}

_RECORDS: dict[str, LiteralString] = {
    "hospitals": "select id::text from crm.hospitals",
    "departments": "select id::text from crm.departments",
    "services": "select id::text from crm.services",
    "practitioners": "select id::text from crm.practitioners",
    "tags": "select id::text from crm.tags",
    "tiers": "select code from loyalty.tiers",
    "vaccines": "select code from crm.vaccines",
    "campaigns": "select id::text from communications.campaigns where whose = 'patients'",
}


async def unknown_records(tx: Tx, *, records: str, named: list[Any]) -> list[str]:
    """Which of these are not there."""
    query = sql.SQL("select n from unnest(%(named)s::text[]) as n where n not in ({})")
    found = await tx.rows(query.format(sql.SQL(_RECORDS[records])), named=[str(one) for one in named])
    return [str(row[0]) for row in found]


_NAMES: dict[str, LiteralString] = {
    "hospitals": "select id, name from crm.hospitals where archived_at is null order by name",
    "departments": """select d.id, d.name || ', ' || h.name from crm.departments d
                      join crm.hospitals h on h.id = d.hospital_id where d.archived_at is null order by 2""",
    "services": """select s.id, s.name || ', ' || d.name from crm.services s
                   join crm.departments d on d.id = s.department_id where s.archived_at is null order by 2""",
    "practitioners": """select id, concat_ws(' ', prefix, first_name, last_name) from crm.practitioners
                        where archived_at is null order by last_name, first_name""",
    "tags": "select id, name from crm.tags order by lower(name)",
    "tiers": """select distinct on (t.code) t.code, t.name from loyalty.tiers t order by t.code, t.program_id desc""",
    "vaccines": "select code, name from crm.vaccines order by lower(name)",
    # those that have begun, the newest first
    "campaigns": """select g.id, g.name from communications.campaigns g
                    where g.whose = 'patients' and g.started_at is not null
                      and (%(within)s::bigint[] is null or g.hospital_id is null or g.hospital_id = any(%(within)s))
                    order by g.started_at desc, g.id desc limit 200""",
}


async def names_of_records(tx: Tx, kinds: set[str], *, within: list[int] | None) -> dict[str, list[tuple[Any, str]]]:
    """What may be chosen of each kind of record: id (or code) and name. `within`: the reader's hospitals."""
    return {kind: [(row[0], row[1]) for row in await tx.rows(_NAMES[kind], within=within)] for kind in sorted(kinds)}
