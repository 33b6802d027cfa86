"""SQL of owners' ratings and surveys."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.owner_relations.satisfaction_model import Survey, SurveyPolicy
from bedside.owner_relations.scores import Rated

_COLUMNS: LiteralString = """
select s.id, s.owner_id, s.hospital_id, s.surveyed_on, s.overall, s.payments, s.communication, s.transparency,
       s.support, s.growth, s.words, s.source, s.created_by_name, s.created_at
from crm.owner_satisfaction s
"""


class SatisfactionRow(Rated, frozen=True, kw_only=True):
    """An answer as it is stored."""

    id: int
    hospital_id: int | None
    words: str
    source: str
    created_by_name: str
    created_at: datetime


ANSWERS = Listing(
    into=SatisfactionRow,
    select=_COLUMNS,
    sorts={
        "day": (Key("s.surveyed_on", "date", "surveyed_on"), Key("s.id", "bigint", "id")),
        "id": (Key("s.id", "bigint", "id"),),
    },
    default_sort="-day",
    filters={
        "owner_id": "s.owner_id = %(owner_id)s",
        "since": "s.surveyed_on >= %(since)s",
        "until": "s.surveyed_on <= %(until)s",
    },
)

_POLICY: LiteralString = """
select enabled, every_months, open_days, warn_at_fall, version from crm.owner_survey_policy
"""
_SURVEY: LiteralString = """
select id, owner_id, due_on, expires_at, answered_at, created_by_name, created_at from crm.owner_surveys
"""


async def insert(tx: Tx, row: dict[str, Any]) -> int | None:
    """Keeps an answer; None where the survey that it answers has one already."""
    made: int | None = await tx.value(
        """insert into crm.owner_satisfaction (owner_id, hospital_id, survey_id, surveyed_on, overall, payments,
               communication, transparency, support, growth, words, source, created_by_name, created_at)
           values (%(owner_id)s, %(hospital_id)s, %(survey_id)s, %(surveyed_on)s, %(overall)s, %(payments)s,
               %(communication)s, %(transparency)s, %(support)s, %(growth)s, %(words)s, %(source)s, %(by)s, %(now)s)
           on conflict (survey_id) do nothing returning id""",
        **row,
    )
    return made


async def answer(tx: Tx, satisfaction_id: int) -> SatisfactionRow | None:
    """One answer."""
    return await tx.maybe(SatisfactionRow, _COLUMNS + "where s.id = %(id)s", id=satisfaction_id)


async def newest(tx: Tx, *, owner_id: int, limit: int) -> list[SatisfactionRow]:
    """An owner's newest answers, the newest first."""
    return await tx.all(
        SatisfactionRow,
        _COLUMNS + "where s.owner_id = %(owner_id)s order by s.surveyed_on desc, s.id desc limit %(limit)s",
        owner_id=owner_id,
        limit=limit,
    )


class NamedRating(SatisfactionRow, frozen=True, kw_only=True):
    """An answer with whose it is."""

    owner_name: str


async def rated(
    tx: Tx, *, since: date, until: date, hospitals: list[int] | None, hospital_id: int | None = None
) -> list[NamedRating]:
    """Every answer of a span, of owners with a part in these hospitals (None: every one), the newest first."""
    return await tx.all(
        NamedRating,
        """select s.id, s.owner_id, s.hospital_id, s.surveyed_on, s.overall, s.payments, s.communication,
                  s.transparency, s.support, s.growth, s.words, s.source, s.created_by_name, s.created_at,
                  o.name as owner_name
           from crm.owner_satisfaction s join crm.hospital_owners o on o.id = s.owner_id
           where s.surveyed_on between %(since)s and %(until)s
             and (%(hospitals)s::bigint[] is null
                  or exists (select from crm.owner_hospitals h
                             where h.owner_id = s.owner_id and h.hospital_id = any(%(hospitals)s)))
             and (%(hospital_id)s::bigint is null
                  or exists (select from crm.owner_hospitals h
                             where h.owner_id = s.owner_id and h.hospital_id = %(hospital_id)s))
           order by s.surveyed_on desc, s.id desc limit 20000""",
        since=since,
        until=until,
        hospitals=hospitals,
        hospital_id=hospital_id,
    )


async def asked(tx: Tx, *, since: date, until: date, hospitals: list[int] | None) -> int:
    """How many owners were asked in a span."""
    return int(
        await tx.value(
            """select count(distinct v.owner_id) from crm.owner_surveys v
               where v.due_on between %(since)s and %(until)s
                 and (%(hospitals)s::bigint[] is null
                      or exists (select from crm.owner_hospitals h
                                 where h.owner_id = v.owner_id and h.hospital_id = any(%(hospitals)s)))""",
            since=since,
            until=until,
            hospitals=hospitals,
        )
    )


async def policy(tx: Tx, *, lock: bool = False) -> SurveyPolicy:
    """The policy, of which there is one."""
    return await tx.one(SurveyPolicy, _POLICY + ("for update" if lock else ""))


async def update_policy(tx: Tx, changed: SurveyPolicy) -> SurveyPolicy:
    """Writes the policy."""
    return await tx.one(
        SurveyPolicy,
        """update crm.owner_survey_policy set enabled = %(enabled)s, every_months = %(every_months)s,
                  open_days = %(open_days)s, warn_at_fall = %(warn_at_fall)s, version = version + 1,
                  updated_at = %(now)s
           returning enabled, every_months, open_days, warn_at_fall, version""",
        **msgspec.structs.asdict(changed),
    )


async def owners_to_ask(tx: Tx, *, every_months: int, limit: int) -> list[int]:
    """Owners who share in revenue by a signed contract and have not been asked, nor rated, for so many months."""
    rows = await tx.rows(
        """select o.id from crm.hospital_owners o
           where o.archived_at is null
             and exists (select from crm.contract_parties p join crm.owner_contracts c on c.id = p.contract_id
                         where p.owner_id = o.id and c.signed_at is not null
                           and (c.terminated_on is null or c.terminated_on > %(now)s::date)
                           and (c.ends_on is null or c.ends_on >= %(now)s::date)
                           and c.starts_on <= (%(now)s - make_interval(months => %(months)s))::date)
             and not exists (select from crm.owner_surveys s where s.owner_id = o.id
                             and s.due_on > (%(now)s - make_interval(months => %(months)s))::date)
             and not exists (select from crm.owner_satisfaction r where r.owner_id = o.id
                             and r.surveyed_on > (%(now)s - make_interval(months => %(months)s))::date)
           order by o.id limit %(limit)s""",
        months=every_months,
        limit=limit,
    )
    return [row[0] for row in rows]


async def insert_survey(tx: Tx, *, owner_id: int, due_on: date, open_days: int, by: str) -> Survey | None:
    """Notes that an owner is asked; None where they were asked that day."""
    return await tx.maybe(
        Survey,
        """insert into crm.owner_surveys (owner_id, due_on, expires_at, created_by_name, created_at)
           values (%(owner_id)s, %(due_on)s, %(expires_at)s, %(by)s, %(now)s)
           on conflict (owner_id, due_on) do nothing
           returning id, owner_id, due_on, expires_at, answered_at, created_by_name, created_at""",
        owner_id=owner_id,
        due_on=due_on,
        expires_at=tx.now + timedelta(days=open_days),
        by=by,
    )


async def survey(tx: Tx, survey_id: int) -> Survey | None:
    """One survey."""
    return await tx.maybe(Survey, _SURVEY + "where id = %(id)s", id=survey_id)


async def open_surveys(tx: Tx, owner_id: int) -> list[Survey]:
    """Surveys that an owner may still answer, the newest first."""
    return await tx.all(
        Survey,
        _SURVEY + "where owner_id = %(owner_id)s and answered_at is null and expires_at > %(now)s order by id desc",
        owner_id=owner_id,
    )


async def last_survey(tx: Tx, owner_id: int) -> Survey | None:
    """The survey that an owner was asked last."""
    return await tx.maybe(
        Survey, _SURVEY + "where owner_id = %(owner_id)s order by due_on desc limit 1", owner_id=owner_id
    )


async def survey_of_token(tx: Tx, token_hash: bytes) -> Survey | None:
    """The survey that a link leads to."""
    return await tx.maybe(
        Survey,
        _SURVEY + "where id = (select survey_id from crm.owner_survey_links where token_hash = %(hash)s)",
        hash=token_hash,
    )


async def insert_survey_link(tx: Tx, *, survey_id: int, token_hash: bytes) -> None:
    """Adds a link to a survey."""
    await tx.execute(
        """insert into crm.owner_survey_links (token_hash, survey_id, created_at)
           values (%(hash)s, %(survey_id)s, %(now)s)""",
        hash=token_hash,
        survey_id=survey_id,
    )


async def mark_answered(tx: Tx, survey_id: int) -> None:
    """Notes that a survey was answered."""
    await tx.execute(
        "update crm.owner_surveys set answered_at = %(now)s where id = %(id)s and answered_at is null", id=survey_id
    )


def scores_of(row: SatisfactionRow, names: Sequence[str]) -> dict[str, Decimal | None]:
    """The category ratings of an answer."""
    return {name: getattr(row, name) for name in names}
