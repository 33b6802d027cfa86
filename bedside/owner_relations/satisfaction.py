"""How satisfied owners are: recording it, and what it comes to."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from bedside.accounts import Role, SignedIn, audit
from bedside.directory import Hospital, hospital
from bedside.event_log import Actor, record
from bedside.follow_ups import open_task
from bedside.kit.averages import mean, shown
from bedside.kit.database import Tx
from bedside.kit.http.problems import NotFound
from bedside.kit.text import many_lines
from bedside.owner_relations import store_satisfaction as store
from bedside.owner_relations.satisfaction_events import SatisfactionFell, SatisfactionRecorded
from bedside.owner_relations.satisfaction_model import (
    CategoryScores,
    Comparison,
    MonthScore,
    NewSatisfaction,
    OwnerScore,
    Report,
    Satisfaction,
    SatisfactionPage,
    ScoreRefused,
    Source,
    Summary,
    Trend,
)
from bedside.owner_relations.scores import (
    CATEGORIES,
    FEW,
    LOW,
    Rated,
    by_month,
    distribution,
    fall,
    of_others,
)
from bedside.owner_relations.store_satisfaction import NamedRating, SatisfactionRow
from bedside.owners import Owner, owner, seen_owner

YEAR = timedelta(days=365)
RECOVER_WITHIN = timedelta(days=2)
LOOK_WITHIN = timedelta(days=5)


async def record_satisfaction(
    tx: Tx, *, owner_id: int, new: NewSatisfaction, source: Source, actor: Actor, survey_id: int | None = None
) -> Satisfaction | None:
    """Keeps what an owner thinks; None where the survey that it answers was answered already.

    A rating of 2 or less opens a task to make up for it, a fall one to look after them. Raises NoSuchOwner (404),
    ScoreRefused (422) with a pointer to the rating that cannot be.
    """
    whose = (
        await seen_owner(tx, owner_id=owner_id, user=actor)
        if isinstance(actor, SignedIn)
        else await owner(tx, owner_id)
    )
    hospital_id = new.hospital_id or next(iter(whose.hospital_ids), None)
    zone_day = tx.now.date() + timedelta(days=1)
    if hospital_id is not None:
        place = await _hospital_named(tx, hospital_id)
        zone_day = tx.now.astimezone(place.zone).date()
        if isinstance(actor, SignedIn) and actor.role is not Role.OWNER:
            actor.check_works_at(hospital_id)
    surveyed_on = new.survey_date or zone_day
    if not date(2000, 1, 1) <= surveyed_on <= zone_day:
        raise ScoreRefused("It was said on a day that has been.", pointer="/surveyDate", next_step="Check the year.")
    scores = checked_scores(new)
    row = scores | {
        "owner_id": owner_id,
        "hospital_id": hospital_id,
        "survey_id": survey_id,
        "surveyed_on": surveyed_on,
        "words": many_lines(new.words, pointer="/words", longest=5000),
        "source": source,
        "by": actor.name or whose.name,
    }
    made = await store.insert(tx, row)
    if made is None:
        return None
    kept = await store.answer(tx, made)
    if kept is None:
        raise LookupError(f"answer {made} was there a moment ago")
    place_id = whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None
    score = shown(kept.score) or ""
    await audit(
        tx, actor=actor, action="satisfaction.recorded", subject="owner", subject_id=owner_id,
        after={"satisfactionId": made, "score": score},
    )  # fmt: skip
    event = SatisfactionRecorded(
        satisfaction_id=made, score=score, source=source, owner_id=owner_id, hospital_id=place_id
    )
    await record(tx, event, actor=actor)
    await _look_after(tx, whose, kept, place_id, actor)
    return view(kept)


async def _hospital_named(tx: Tx, hospital_id: int) -> Hospital:
    try:
        return await hospital(tx, hospital_id)
    except NotFound:
        raise ScoreRefused(
            f"There is no hospital {hospital_id}.", pointer="/hospitalId", next_step="Leave it out, or see the list."
        ) from None


def checked_scores(new: NewSatisfaction) -> dict[str, Decimal | None]:
    """The ratings as they are kept. Raises ScoreRefused (422) for the first that cannot be, or where there is none."""
    rating, overall = score_in(new.rating, "/rating"), score_in(new.overall, "/overall")
    if rating is not None and overall is not None and rating != overall:
        raise ScoreRefused("`rating` and `overall` say different things.", pointer="/overall")
    kept: dict[str, Decimal | None] = {"overall": overall if rating is None else rating}
    for name in CATEGORIES:
        kept[name] = score_in(getattr(new.categories, name), f"/categories/{name}")
    if all(score is None for score in kept.values()):
        raise ScoreRefused("Nothing was rated.", pointer="/rating", next_step="Give a rating from 0 to 5.")
    return kept


def score_in(given: str | int | float | None, pointer: str) -> Decimal | None:
    """A rating as it came in. Raises ScoreRefused (422) unless it is 0 to 5 in half steps; null is none."""
    if given is None:
        return None
    try:
        score = Decimal(str(given))
    except InvalidOperation:
        score = Decimal("NaN")
    if not score.is_finite() or not 0 <= score <= 5 or score * 2 != (score * 2).to_integral_value():
        raise ScoreRefused(
            f"“{str(given)[:10]}” is no rating.", pointer=pointer, next_step="Use 0, 0.5, 1 and so on to 5."
        )
    return score


async def page(
    tx: Tx,
    *,
    owner_id: int,
    user: SignedIn,
    since: date | None = None,
    until: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> SatisfactionPage:
    """One page of an owner's ratings with what they come to. Raises NoSuchOwner (404)."""
    await seen_owner(tx, owner_id=owner_id, user=user)
    found = await store.ANSWERS.page(
        tx, filters={"owner_id": owner_id, "since": since, "until": until}, cursor=cursor, limit=limit
    )
    return SatisfactionPage(
        items=[view(one) for one in found.items], next=found.next, summary=await summary(tx, owner_id=owner_id)
    )


async def summary(tx: Tx, *, owner_id: int) -> Summary:
    """An owner's year: by month, by category, and against the median of the others."""
    today = tx.now.date() + timedelta(days=1)
    everybody = await store.rated(tx, since=today - YEAR, until=today, hospitals=None)
    own = [one for one in everybody if one.owner_id == owner_id]
    newest = await store.newest(tx, owner_id=owner_id, limit=1)
    return Summary(
        latest=shown(newest[0].score) if newest else None,
        latest_on=newest[0].surveyed_on if newest else None,
        mean=shown(mean(one.score for one in own)),
        answers=len(own),
        months=_months(own),
        comparisons=[_comparison(own, everybody, owner_id, name) for name in (None, *CATEGORIES)],
    )


async def report(tx: Tx, *, user: SignedIn, months: int = 12, hospital_id: int | None = None) -> Report:
    """How satisfied the owners are whom somebody sees: the last so many months against as many before."""
    until = tx.now.date() + timedelta(days=1)
    since = until - timedelta(days=round(months * 30.4375))
    first = since - (until - since)
    every = await store.rated(tx, since=first, until=until, hospitals=user.hospitals, hospital_id=hospital_id)
    now = [one for one in every if one.surveyed_on >= since]
    then = [one for one in every if one.surveyed_on < since]
    return Report(
        since=since,
        until=until,
        owners_asked=await store.asked(tx, since=since, until=until, hospitals=user.hospitals),
        answers=len(now),
        months=_months(now),
        trends=[_trend(now, then, name) for name in (None, *CATEGORIES)],
        distribution=dict(distribution(now)),
        owners=_owner_scores(every, since),
    )


def view(row: SatisfactionRow) -> Satisfaction:
    """An answer as it goes over the wire."""
    return Satisfaction(
        id=row.id,
        owner_id=row.owner_id,
        hospital_id=row.hospital_id,
        survey_date=row.surveyed_on,
        overall=row.overall,
        score=shown(row.score) or "",
        categories=CategoryScores(**store.scores_of(row, CATEGORIES)),
        words=row.words,
        source=row.source,  # type: ignore[arg-type]  # the column has the same words
        created_by_name=row.created_by_name,
        created_at=row.created_at,
    )


def _months(rated: Sequence[Rated]) -> list[MonthScore]:
    return [
        MonthScore(month=month, mean=shown(score) or "", answers=answers, few=answers < FEW)
        for month, score, answers in by_month(rated)
    ]


def _scores(rated: Sequence[Rated], category: str | None) -> list[Fraction]:
    if category is None:
        return [one.score for one in rated]
    return [Fraction(score) for one in rated if (score := getattr(one, category)) is not None]


def _comparison(own: Sequence[Rated], every: Sequence[Rated], owner_id: int, category: str | None) -> Comparison:
    mine = _scores(own, category)
    others, how_many = of_others(every, owner_id, category)
    return Comparison(
        category=category or "overall",
        mean=shown(mean(mine)),
        answers=len(mine),
        others=shown(others),
        other_owners=how_many,
        withheld=others is None,
    )


def _trend(now: Sequence[Rated], then: Sequence[Rated], category: str | None) -> Trend:
    present, past = _scores(now, category), _scores(then, category)
    a, b = mean(present), mean(past)
    change = None
    if a is not None and b is not None:
        difference = a - b
        change = f"{'-' if difference < 0 else '+'}{shown(abs(difference))}"
    return Trend(
        category=category or "overall",
        mean=shown(a),
        answers=len(present),
        before=shown(b),
        answers_before=len(past),
        change=change,
        few=len(present) < FEW or len(past) < FEW,
    )


def _owner_scores(every: Sequence[NamedRating], since: date) -> list[OwnerScore]:
    """Each owner with their newest rating and how far it fell, those who fell most first."""
    by_owner: dict[int, list[NamedRating]] = {}
    for one in every:  # the newest first
        by_owner.setdefault(one.owner_id, []).append(one)
    made: list[tuple[Fraction, OwnerScore]] = []
    for owner_id, answers in by_owner.items():
        newest = answers[0]
        fell = fall([one.score for one in answers[1:]], newest.score)
        lately = [one.score for one in answers if one.surveyed_on >= since]
        made.append(
            (
                fell or Fraction(0),
                OwnerScore(
                    owner_id=owner_id,
                    owner_name=newest.owner_name,
                    latest=shown(newest.score),
                    latest_on=newest.surveyed_on,
                    mean=shown(mean(lately)),
                    answers=len(lately),
                    fell_by=shown(fell) if fell is not None and fell > 0 else None,
                ),
            )
        )
    return [one for _, one in sorted(made, key=lambda pair: (-pair[0], pair[1].owner_name))]


async def _look_after(tx: Tx, whose: Owner, kept: SatisfactionRow, hospital_id: int | None, actor: Actor) -> None:
    """Opens what follows from a low rating, or from one that fell."""
    newest, *before = await store.newest(tx, owner_id=whose.id, limit=3)
    if newest.id != kept.id:  # written down late: what came after it tells how they are
        return
    fell = fall([one.score for one in before], kept.score)
    policy = await store.policy(tx)
    if fell is not None and fell >= Fraction(policy.warn_at_fall):
        event = SatisfactionFell(
            satisfaction_id=kept.id, by=shown(fell) or "", owner_id=whose.id, hospital_id=hospital_id
        )
        await record(tx, event, actor=actor)
        await _ask_manager(
            tx, whose, hospital_id, key=f"satisfaction-fell:{kept.id}", urgent=False,
            title=f"{whose.name} is less satisfied: {shown(kept.score, 1)}, down by {shown(fell, 1)}",
        )  # fmt: skip
    if kept.score <= Fraction(LOW):
        await _ask_manager(
            tx, whose, hospital_id, key=f"satisfaction-low:{kept.id}", urgent=True,
            title=f"{whose.name} rated us {shown(kept.score, 1)} of 5: call them",
        )  # fmt: skip


async def _ask_manager(tx: Tx, whose: Owner, hospital_id: int | None, *, key: str, title: str, urgent: bool) -> None:
    await open_task(
        tx,
        key=key,
        title=title,
        details="What they wrote is on their page, under Satisfaction.",
        subject="owner",
        subject_id=whose.id,
        hospital_id=hospital_id,
        priority="urgent" if urgent else "normal",
        assigned_to=whose.account_manager_id,
        for_role=None if whose.account_manager_id else "finance",
        due_at=tx.now + (RECOVER_WITHIN if urgent else LOOK_WITHIN),
    )
