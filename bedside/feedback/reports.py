"""The report on feedback: what was counted, worked out exactly, and groups withheld that are too small to be told."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from bedside.accounts import SignedIn
from bedside.directory import hospitals as every_hospital
from bedside.feedback import store_reports as store
from bedside.feedback.ratings import (
    FEW,
    SMALLEST_GROUP,
    counted,
    csat,
    detractors,
    mean_of,
    nps,
    promoters,
    top_box,
)
from bedside.feedback.report_model import (
    FeedbackReport,
    GroupRating,
    MonthRating,
    RatingCount,
    Recommendation,
    Satisfied,
)
from bedside.feedback.store_reports import Counted, ReportRow
from bedside.kit.averages import shown
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid

LONGEST = timedelta(days=3660)
USUAL = timedelta(days=90)
WITHHELD = (
    f"People may answer without their name here. Groups of fewer than {SMALLEST_GROUP} answers are not told, so that "
    "nobody can be guessed."
)


async def report(
    tx: Tx,
    *,
    since: date | None,
    until: date | None,
    hospital_id: int | None,
    department_id: int | None,
    practitioner_id: int | None,
    user: SignedIn,
) -> FeedbackReport:
    """What patients said between two days, the last included, at the hospitals of somebody or at one of them; where no
    days are named, in the last 90.

    Raises Invalid (422) for days that are none, Forbidden (403) for a hospital that is not theirs.
    """
    user.check_works_at(hospital_id)
    places = [hospital_id] if hospital_id is not None else user.hospitals
    until = until or await today(tx, hospitals=places)
    since = since or until - min(USUAL - timedelta(days=1), until - date.min)
    if until < since:
        raise Invalid("The last day is not before the first.", pointer="/to")
    if until - since > LONGEST:
        raise Invalid("A report covers ten years at most.", pointer="/from")
    days = until - since + timedelta(days=1)
    before = since - days if since.toordinal() > days.days else date.min + timedelta(days=1)
    row = await store.report(
        tx,
        since=since,
        until=until,
        before=before,
        hospitals=places,
        department_id=department_id,
        practitioner_id=practitioner_id,
        language=user.language,
    )
    return made_of(row, since=since, until=until)


async def today(tx: Tx, *, hospitals: list[int] | None) -> date:
    """Today where it began first, of the hospitals given."""
    return max(
        [tx.now.astimezone(one.zone).date() for one in await every_hospital(tx, ids=hospitals)],
        default=tx.now.date(),
    )


def made_of(row: ReportRow, *, since: date, until: date) -> FeedbackReport:
    """The report of what was counted. Pure."""
    now, before = _counts(row.now), _counts(row.before)
    answers, answers_before = sum(now.values()), sum(before.values())
    mean, mean_before = mean_of(now), mean_of(before)
    hidden = row.promised and 0 < answers < SMALLEST_GROUP
    hidden_before = row.promised and 0 < answers_before < SMALLEST_GROUP
    change = mean - mean_before if mean is not None and mean_before is not None else None
    return FeedbackReport(
        since=since,
        until=until,
        answers=answers,
        mean=None if hidden else shown(mean),
        top_box=None if hidden else percent(top_box(now)),
        answers_before=answers_before,
        mean_before=None if hidden_before else shown(mean_before),
        change=None if hidden or hidden_before else shown(change),
        rests_on_few=min(answers, answers_before) < FEW,
        asked=row.asked,
        answered=row.answered,
        response_rate=percent(Fraction(row.answered, row.asked)) if row.asked else None,
        low=0 if hidden else now.get(1, 0) + now.get(2, 0),
        open_recoveries=row.open_recoveries,
        distribution=[]
        if hidden
        else [RatingCount(stars=stars, answers=now.get(stars, 0)) for stars in (5, 4, 3, 2, 1)],
        months=_months(row.months, promised=row.promised),
        departments=_groups(row.departments, promised=row.promised),
        practitioners=_groups(row.practitioners, promised=row.promised),
        categories=_groups(row.categories, promised=row.promised),
        nps=_recommendation(row.nps, promised=row.promised),
        csat=_satisfied(row.csat, promised=row.promised),
        withheld_because=WITHHELD if row.promised else None,
    )


def percent(share: Fraction | None) -> str | None:
    """A share as a percentage with one decimal; None of none."""
    return None if share is None else shown(share * 100, 1)


def _counts(found: Sequence[Counted]) -> dict[int, int]:
    return counted([(one.stars, one.answers) for one in found])


def _small(answers: int, promised: bool) -> bool:
    return promised and answers < SMALLEST_GROUP


def _months(found: Sequence[Counted], *, promised: bool) -> list[MonthRating]:
    made = []
    for month in sorted({one.month for one in found if one.month is not None}):
        counts = _counts([one for one in found if one.month == month])
        answers = sum(counts.values())
        hidden = _small(answers, promised)
        made.append(
            MonthRating(
                month=month,
                mean=None if hidden else shown(mean_of(counts)),
                answers=answers,
                few=answers < FEW,
                withheld=hidden,
            )
        )
    return made


def _groups(found: Sequence[Counted], *, promised: bool) -> list[GroupRating]:
    """Those with the lowest mean first; those that are withheld last."""
    made: list[tuple[Fraction, GroupRating]] = []
    for key, name in sorted({(one.id, one.name) for one in found}):
        counts = _counts([one for one in found if one.id == key])
        answers = sum(counts.values())
        hidden = _small(answers, promised)
        mean = mean_of(counts)
        group = GroupRating(
            id=key,
            name=name,
            mean=None if hidden else shown(mean),
            top_box=None if hidden else percent(top_box(counts)),
            answers=answers,
            few=answers < FEW,
            withheld=hidden,
        )
        made.append((mean or Fraction(0), group))
    return [group for _, group in sorted(made, key=lambda one: (one[1].withheld, one[0], one[1].name))]


def _recommendation(found: Sequence[Counted], *, promised: bool) -> Recommendation:
    counts = _counts(found)
    answers = sum(counts.values())
    if answers and _small(answers, promised):
        return Recommendation(score=None, promoters=0, passives=0, detractors=0, answers=answers, withheld=True)
    more, less = promoters(counts), detractors(counts)
    return Recommendation(
        score=shown(nps(counts), 1),
        promoters=more,
        passives=answers - more - less,
        detractors=less,
        answers=answers,
        withheld=False,
    )


def _satisfied(found: Sequence[Counted], *, promised: bool) -> Satisfied:
    counts = _counts(found)
    answers = sum(counts.values())
    hidden = bool(answers) and _small(answers, promised)
    return Satisfied(percent=None if hidden else percent(csat(counts)), answers=answers, withheld=hidden)
