"""Asking owners how satisfied they are: at intervals by itself, or when staff say so; answered once, by link."""

from decimal import Decimal

from bedside.accounts import SignedIn, audit
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.tokens import hashed, new_token
from bedside.kit.wire import given
from bedside.messaging import Stale
from bedside.owner_relations import store_satisfaction as store
from bedside.owner_relations.notices import tell_owner
from bedside.owner_relations.own_links import public_address
from bedside.owner_relations.satisfaction import record_satisfaction, score_in
from bedside.owner_relations.satisfaction_events import OwnerSurveyAsked
from bedside.owner_relations.satisfaction_model import (
    AskedAlready,
    NewSatisfaction,
    NoSuchSurvey,
    Satisfaction,
    ScoreRefused,
    Source,
    Survey,
    SurveyOver,
    SurveyPolicy,
    SurveyPolicyChanges,
)
from bedside.owners import owner, seen_owner

AT_ONCE = 20  # owners a transaction


async def survey_policy(tx: Tx) -> SurveyPolicy:
    """How often owners are asked."""
    return await store.policy(tx)


async def change_policy(
    tx: Tx, *, changes: SurveyPolicyChanges, actor: SignedIn, expected_version: int | None = None
) -> SurveyPolicy:
    """Changes it. Raises Changed (412), ScoreRefused (422) for a fall that is none."""
    before = await store.policy(tx, lock=True)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    if "warn_at_fall" in sent:
        by = score_in(sent["warn_at_fall"], "/warnAtFall")
        if by is None or by < Decimal("0.5"):
            raise ScoreRefused("A fall is half a star at least.", pointer="/warnAtFall")
        sent["warn_at_fall"] = by
    wanted = {name: sent.get(name, getattr(before, name)) for name in before.__struct_fields__}
    after = await store.update_policy(tx, SurveyPolicy(**wanted))
    await audit(tx, actor=actor, action="survey_policy.changed", subject="survey_policy", before=before, after=after)
    return after


async def ask(tx: Tx, *, owner_id: int, actor: Actor) -> Survey:
    """Asks an owner now, once a day at most. Raises NoSuchOwner (404), AskedAlready (409)."""
    whose = (
        await seen_owner(tx, owner_id=owner_id, user=actor)
        if isinstance(actor, SignedIn)
        else await owner(tx, owner_id)
    )
    policy = await store.policy(tx)
    made = await store.insert_survey(
        tx, owner_id=owner_id, due_on=tx.now.date(), open_days=policy.open_days, by=actor.name
    )
    if made is None:
        raise AskedAlready("They were asked today.", next_step="Give them time to answer.")
    place_id = whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None
    event = OwnerSurveyAsked(owner_survey_id=made.id, owner_id=owner_id, hospital_id=place_id)
    await record(tx, event, actor=actor)
    await tell_owner(
        tx,
        owner_id=owner_id,
        notice="survey_due",
        about="survey",
        about_id=made.id,
        hospital_id=next(iter(whose.hospital_ids), None),
        key=str(made.id),
        actor=actor,
    )
    return made


async def ask_who_is_due(database: Database) -> None:
    """The daily work: asks every owner whose interval has passed, a few in a transaction. Safe to run twice."""
    while True:
        async with database.transaction() as tx:
            policy = await store.policy(tx)
            if not policy.enabled:
                return
            due = await store.owners_to_ask(tx, every_months=policy.every_months, limit=AT_ONCE)
            for owner_id in due:
                try:
                    async with tx.savepoint():
                        await ask(tx, owner_id=owner_id, actor=SYSTEM)
                except AskedAlready:
                    continue
        if len(due) < AT_ONCE:
            return


async def survey_link(tx: Tx, survey_id: int) -> str | Stale:
    """A fresh link to a survey, made just before a message leaves; it is nowhere kept in clear. Stale where it was
    answered meanwhile, or is over."""
    found = await store.survey(tx, survey_id)
    if found is None or found.answered_at is not None or found.expires_at <= tx.now:
        return Stale("The survey was answered meanwhile, or is over.")
    token = new_token()
    await store.insert_survey_link(tx, survey_id=survey_id, token_hash=hashed(token))
    return f"{public_address()}/survey/{token}"


async def open_survey(tx: Tx, token: str) -> Survey:
    """The survey that a link leads to; changes nothing. Raises NoSuchSurvey (404), SurveyOver (410)."""
    found = await store.survey_of_token(tx, hashed(token))
    if found is None:
        raise NoSuchSurvey("This link leads nowhere.", next_step="Open it from the message once more.")
    _check_open(tx, found)
    return found


async def own_survey(tx: Tx, *, survey_id: int, owner_id: int) -> Survey:
    """A survey of this owner's that may be answered. Raises NoSuchSurvey (404), SurveyOver (410)."""
    found = await store.survey(tx, survey_id)
    if found is None or found.owner_id != owner_id:
        raise NoSuchSurvey("There is no such survey.")
    _check_open(tx, found)
    return found


async def answer(
    tx: Tx, *, survey: Survey, new: NewSatisfaction, source: Source, actor: Actor | None = None
) -> Satisfaction:
    """Keeps an owner's answer, once. Raises SurveyOver (410) where somebody was quicker, ScoreRefused (422)."""
    whose = await owner(tx, survey.owner_id)
    by = Actor(kind="owner", id=whose.id, name=actor.name if actor and actor.name else whose.name)
    kept = await record_satisfaction(
        tx, owner_id=survey.owner_id, new=new, source=source, actor=by, survey_id=survey.id
    )
    if kept is None:
        raise _answered()
    await store.mark_answered(tx, survey.id)
    return kept


def _check_open(tx: Tx, survey: Survey) -> None:
    if survey.answered_at is not None:
        raise _answered()
    if survey.expires_at <= tx.now:
        raise SurveyOver("This survey is over.", next_step="You can always call us.", because="expired")


def _answered() -> SurveyOver:
    return SurveyOver("This survey was answered. Thank you.", because="answered")
