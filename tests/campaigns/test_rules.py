"""Whom a rule names: field by field, joined in every way, and what cannot be asked."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedside.campaigns.audiences import check_rule
from bedside.campaigns.rules import Rule, catalogue, check
from bedside.event_log import Actor
from bedside.kit.http.problems import Invalid
from bedside.loyalty import award
from tests.campaigns.conftest import People, rule_from

EVERYBODY = {"Ada", "Bo", "Cleo", "Dan"}


def asks(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    """One condition."""
    return {"field": field, "operator": operator, "value": value}


PERSON: list[tuple[dict[str, Any], set[str]]] = [
    (asks("age", "at_least", 70), {"Ada"}),
    (asks("age", "at_least", 71), set()),
    (asks("age", "at_most", 30), {"Bo", "Dan"}),
    (asks("age", "between", [27, 29]), {"Bo", "Dan"}),
    (asks("age", "between", [28, 29]), {"Bo"}),
    (asks("sex", "is_one_of", ["female"]), {"Ada", "Bo"}),
    (asks("sex", "is_none_of", ["female", "male"]), {"Cleo"}),
    (asks("language", "is_one_of", ["es"]), {"Cleo", "Dan"}),
    (asks("language", "is_one_of", ["es-MX"]), {"Cleo"}),
    (asks("language", "is_none_of", ["es"]), {"Ada", "Bo"}),
    # it is 1 March 2027: who was born on 29 February has had the birthday yesterday, and 11 March is ten days away
    (asks("birthday", "within_days", 0), {"Ada"}),
    (asks("birthday", "within_days", 9), {"Ada"}),
    (asks("birthday", "within_days", 10), {"Ada", "Bo"}),
    (asks("birthday", "within_days", 364), {"Ada", "Bo"}),
    (asks("birthday", "within_days", 365), {"Ada", "Bo", "Dan"}),
    (asks("birthday", "none"), {"Cleo"}),
    (asks("registered", "within_days", 1), EVERYBODY),
    ({}, EVERYBODY),
]


@pytest.mark.parametrize(("rule", "named"), PERSON)
async def test_a_person_is_named_by_what_is_known_of_them(
    people: People, rule: dict[str, Any], named: set[str]
) -> None:
    assert await people.named(rule) == named


async def test_visits_that_took_place_and_that_are_to_come_name_people(people: People) -> None:
    await people.visit("Ada", days=-10)
    await people.visit("Bo", days=-400)
    await people.visit("Bo", days=-3, status="cancelled")
    await people.visit("Cleo", days=5, status="confirmed")
    await people.visit("Dan", days=-5, status="no_show")
    world = people.world
    expected = [
        (asks("last_visit", "within_days", 10), {"Ada"}),
        (asks("last_visit", "longer_ago_than_days", 180), {"Bo"}),
        (asks("last_visit", "ever"), {"Ada", "Bo"}),
        (asks("last_visit", "never"), {"Cleo", "Dan"}),
        (asks("next_visit", "within_days", 6), {"Cleo"}),
        (asks("next_visit", "within_days", 4), set()),
        (asks("next_visit", "some"), {"Cleo"}),
        (asks("next_visit", "none"), {"Ada", "Bo", "Dan"}),
        (asks("department", "is_one_of", [world.cardiology.id]), {"Ada", "Bo"}),
        (asks("practitioner", "is_none_of", [world.smith.id]), {"Cleo", "Dan"}),
        (asks("visits", "at_least", 1), {"Ada", "Bo"}),
        (asks("visits", "at_most", 0), {"Cleo", "Dan"}),
        (asks("missed_visits", "at_least", 1), {"Dan"}),
        (asks("hospital", "is_one_of", [world.bellevue.id]), {"Ada"}),
        (asks("hospital", "is_none_of", [world.bellevue.id]), {"Bo", "Cleo", "Dan"}),
    ]
    for rule, named in expected:
        assert await people.named(rule) == named, rule


async def test_points_tags_and_own_fields_name_people(people: People) -> None:
    tx = people.tx
    await award(
        tx,
        patient_id=people.ids["Ada"],
        points=120,
        rule="manual",
        source="manual:1",
        actor=Actor(kind="staff", id=1, name="Ada Osei"),
    )
    tag = await tx.value("insert into crm.tags (name, created_at) values ('Diabetes', %(now)s) returning id")
    await tx.execute(
        """insert into crm.taggings (tag_id, subject, subject_id, created_at)
           values (%(tag)s, 'patient', %(id)s, %(now)s)""",
        tag=tag,
        id=people.ids["Bo"],
    )
    for key, kind, value in (("pack_years", "number", "12.5"), ("insurer", "text", '"Acme %s Health"')):
        field = await tx.value(
            """insert into crm.custom_fields (subject, key, label, type, created_at)
               values ('patient', %(key)s, %(key)s, %(type)s, %(now)s) returning id""",
            key=key,
            type=kind,
        )
        await tx.execute(
            """insert into crm.custom_values (field_id, subject_id, value, updated_at)
               values (%(field)s, %(id)s, %(value)s::jsonb, %(now)s)""",
            field=field,
            id=people.ids["Cleo"],
            value=value,
        )
    assert await people.named(asks("points", "at_least", 120)) == {"Ada"}
    assert await people.named(asks("points", "at_most", 0)) == {"Bo", "Cleo", "Dan"}
    assert await people.named(asks("tag", "is_one_of", [tag])) == {"Bo"}
    assert await people.named(asks("tag", "is_none_of", [tag])) == {"Ada", "Cleo", "Dan"}
    assert await people.named(asks("custom.pack_years", "between", [12, 13])) == {"Cleo"}
    assert await people.named(asks("custom.insurer", "contains", "%s health")) == {"Cleo"}
    assert await people.named(asks("custom.insurer", "is_none_of", ["Acme %s Health"])) == {"Ada", "Bo", "Dan"}


LEAVES = [asks("age", "at_least", 40), asks("sex", "is_one_of", ["male"]), asks("language", "is_one_of", ["es"]), {}]


def obviously(rule: Rule, known: dict[str, set[str]]) -> set[str]:
    """What a rule means, said slowly, from what each of its conditions names alone."""
    if rule.field is not None:
        return known[str(rule.field)]
    if rule.match is None:
        return EVERYBODY
    parts = [obviously(one, known) for one in rule.rules]
    if rule.match == "all":
        return EVERYBODY.intersection(*parts)
    some = set().union(*parts)
    return some if rule.match == "any" else EVERYBODY - some


groups = st.recursive(
    st.sampled_from([rule_from(one) for one in LEAVES[:3]]),
    lambda inner: st.builds(
        Rule, match=st.sampled_from(["all", "any", "none"]), rules=st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


async def test_rules_joined_in_any_way_name_whom_their_parts_say(people: People) -> None:
    known = {str(one["field"]): await people.named(one) for one in LEAVES[:3]}
    assert known == {"age": {"Ada"}, "sex": {"Dan"}, "language": {"Cleo", "Dan"}}
    made: list[Rule] = []

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(groups)
    def collect(rule: Rule) -> None:
        made.append(rule)

    collect()
    for rule in made:
        assert await people.named(rule) == obviously(rule, known), rule


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (asks("shoe_size", "at_least", 3), "/rule/field", "no field"),
    (asks("age", "is_one_of", [3]), "/rule/operator", "at_least, at_most, between"),
    (asks("age", "at_least", "old"), "/rule/value", "number"),
    (asks("age", "at_least", True), "/rule/value", "number"),
    (asks("age", "between", [40, 30]), "/rule/value", "greater"),
    (asks("sex", "is_one_of", ["robot"]), "/rule/value", "robot"),
    (asks("sex", "is_one_of", []), "/rule/value", "list"),
    (asks("hospital", "is_one_of", ["Bellevue"]), "/rule/value", "ids"),
    (asks("hospital", "is_one_of", [2**63]), "/rule/value", "ids"),
    (asks("last_visit", "within_days", -1), "/rule/value", "days"),
    (asks("last_visit", "never", 3), "/rule/value", "no value"),
    (asks("language", "contains", "\0"), "/rule/value", "words"),
    ({"match": "all", "rules": []}, "/rule/rules", "empty"),
    ({"match": "all", "rules": [{}]}, "/rule/rules/0", "nothing"),
    (
        {"match": "any", "rules": [asks("age", "at_least", 1), asks("age", "below", 1)]},
        "/rule/rules/1/operator",
        "asked",
    ),
    ({"rules": [asks("age", "at_least", 1)]}, "/rule/match", "all, any or none"),
    ({"match": "all", "rules": [asks("age", "at_least", 1)] * 61}, "/rule", "60"),
    ({"match": "all", **asks("age", "at_least", 1)}, "/rule", "not both"),
]


@pytest.mark.parametrize(("rule", "pointer", "words"), REFUSED)
def test_what_cannot_be_asked_is_refused_where_it_stands(rule: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(rule_from(rule), catalogue("patients"))
    problem = refused.value
    assert pointer in str(vars(problem))
    assert words in f"{problem.detail} {vars(problem)}"


def test_groups_without_end_are_refused() -> None:
    rule = rule_from(asks("age", "at_least", 1))
    for _ in range(6):
        rule = Rule(match="all", rules=[rule])
    with pytest.raises(Invalid, match="deep"):
        check(rule, catalogue("patients"))


async def test_records_that_are_not_there_are_refused(people: People) -> None:
    with pytest.raises(Invalid, match="no hospitals 99999"):
        await check_rule(
            people.tx, rule_from(asks("hospital", "is_one_of", [99999])), whose="patients", pointer="/rule"
        )
