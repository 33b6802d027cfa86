"""Campaigns side by side: the figures of each, and which did best by each of them."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import msgspec

from bedside.accounts import SignedIn
from bedside.campaigns import arriving, store_campaigns, store_compare, store_cost
from bedside.campaigns.compare_model import Compared, Comparison
from bedside.campaigns.costing import cost_of
from bedside.campaigns.lift import lift
from bedside.campaigns.model import NoSuchCampaign
from bedside.campaigns.returns import shared
from bedside.campaigns.store_compare import Booked, Came, Groups
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Invalid

FEWEST, MOST = 2, 20


def ids_in(given: Iterable[str]) -> list[int]:
    """The ids of campaigns as an address names them: "1,2,3", or one by one, each once. Raises Invalid (422) for what
    is none, and for too few or too many."""
    found: list[int] = []
    for text in ",".join(given).split(","):
        number = number_in(text.strip())
        if number is None:
            if text.strip():
                raise Invalid(f"“{text.strip()[:20]}” is no campaign's id.", pointer="/ids")
        elif number not in found:
            found.append(number)
    if not FEWEST <= len(found) <= MOST:
        raise Invalid(
            f"From {FEWEST} to {MOST} campaigns are compared; these are {len(found)}.",
            pointer="/ids",
            next_step="Name their ids: ?ids=1,2,3.",
        )
    return found


async def compare(tx: Tx, *, campaign_ids: list[int], user: SignedIn) -> Comparison:
    """Campaigns side by side, in the order asked for. Raises NoSuchCampaign (404) where one of them is not there, or of
    a hospital that is not theirs."""
    page = await store_campaigns.CAMPAIGNS.page(
        tx, filters={"ids": campaign_ids, "within": user.hospitals}, limit=len(campaign_ids)
    )
    known = {one.id: one for one in page.items}
    if lost := [one for one in campaign_ids if one not in known]:
        raise NoSuchCampaign(f"There is no campaign {lost[0]}.", next_step="Look it up in the list of campaigns.")
    came = await store_compare.came(tx, campaign_ids=campaign_ids)
    booked = await store_compare.booked(tx, campaign_ids=campaign_ids)
    groups = await store_compare.groups(tx, campaign_ids=campaign_ids)
    taken = await store_cost.taken(tx, campaign_ids=campaign_ids)
    items: list[Compared] = []
    for id_ in campaign_ids:
        one, held = known[id_], groups.get(id_, Groups(id_, 0, 0, 0, 0))
        done = booked.get(id_, Booked(id_, 0, 0))
        cost = cost_of(id_, [line for line in taken if line.campaign_id == id_])
        told = came.get(id_, Came(id_, *[0] * 14))
        figures = msgspec.structs.asdict(told)
        items.append(
            Compared(
                **figures, name=one.name, status=one.status, whose=one.whose, channels=one.channels,
                started_at=one.started_at,
                booked=done.people, visits=done.visits,
                lift=lift(
                    done=held.written_to_booked, people=held.written_to, control_done=held.control_booked,
                    control=held.control,
                ),
                costs=cost.totals, cost_complete=cost.complete, cost_per_booking=shared(cost.totals, done.visits),
                delivered_rate=arriving.share(told.delivered, told.deliveries_known),
                open_rate=arriving.share(told.opened, told.opens_known),
                click_rate=arriving.share(told.clicked, told.clicks_known),
            )
        )  # fmt: skip
    return Comparison(items=items)


class Cell(msgspec.Struct):
    """One figure of one campaign: the words, of how many a share it is, and whether it is the best of its row."""

    words: str
    share: str
    best: bool


class Row(msgspec.Struct):
    """One figure of all campaigns."""

    label: str
    cells: list[Cell]


# what is shown of each: its name, the figure, what it is a share of, and whether more (1) or less (-1) is better
_FIGURES: list[tuple[str, str, str, int]] = [
    ("In the audience", "people", "", 0),
    ("Written to", "written_to", "people", 0),
    ("Reached", "reached", "written_to", 1),
    ("Messages sent", "sent", "", 0),
    ("Delivered, by SMS and WhatsApp", "delivered", "deliveries_known", 1),
    ("Mail sent, not returned", "handed_over", "mail", 0),
    ("Read or opened it", "opened", "opens_known", 1),
    ("Followed a link", "clicked", "clicks_known", 1),
    ("Answered", "answered", "written_to", 1),
    ("Unsubscribed", "unsubscribed", "written_to", -1),
    ("Called it spam", "complaints", "written_to", -1),
    ("Booked a visit", "booked", "written_to", 1),
]
# what is a share of none of these cannot be known of that campaign
_KNOWN = ("deliveries_known", "mail", "opens_known", "clicks_known")


def rows(found: Sequence[Compared], number: Callable[[int], str]) -> list[Row]:
    """The table of them. Best by its share, since campaigns differ in size; none where all are alike, and of costs only
    where all are known and in one currency. A mail counts as reached until it comes back, so by that none is best where
    one of them went by mail."""
    by_mail = any(one.mail for one in found)
    made: list[Row] = []
    for label, name, of, better in _FIGURES:
        counts = [int(getattr(one, name)) for one in found]
        wholes = [int(getattr(one, of)) if of else 0 for one in found]
        shares = [Fraction(count, whole) if whole else None for count, whole in zip(counts, wholes, strict=True)]
        marks = best(shares, 0 if name == "reached" and by_mail else better)
        made.append(
            Row(
                label,
                [
                    Cell(
                        "–" if of in _KNOWN and not whole else number(count),
                        "" if share is None else f"{_percent(share)} of {number(whole)}",
                        mark,
                    )
                    for count, whole, share, mark in zip(counts, wholes, shares, marks, strict=True)
                ],
            )
        )
    differences = [Fraction(one.lift.difference) if one.lift else None for one in found]
    made.append(
        Row(
            "Lift over those held back",
            [
                Cell(f"{one.lift.difference * 100:+.1f} points", _between(one.lift.low, one.lift.high), mark)
                if one.lift
                else Cell("–", "nobody held back" if one.whose == "patients" else "owners book no visits", False)
                for one, mark in zip(found, best(differences, 1), strict=True)
            ],
        )
    )
    made.append(
        Row(
            "Cost",
            [
                Cell(
                    _amounts((each.amount, each.currency) for each in one.costs) or ("0" if one.cost_complete else "–"),
                    "" if one.cost_complete else "more than this: of some messages no price is known",
                    False,
                )
                for one in found
            ],
        )
    )
    per_visit = [
        Fraction(one.costs[0].exact) / one.visits if one.visits and len(one.costs) == 1 else None for one in found
    ]
    alike = len({one.costs[0].currency for one in found if one.costs}) == 1 and all(one.cost_complete for one in found)
    made.append(
        Row(
            "Cost of a visit booked",
            [
                Cell(_amounts((each.amount, each.currency) for each in one.cost_per_booking) or "–", "", mark)
                for one, mark in zip(found, best(per_visit, -1 if alike else 0), strict=True)
            ],
        )
    )
    return made


def best(values: Sequence[Fraction | None], better: int) -> list[bool]:
    """Which are the best of them: the largest for 1, the least for -1; none where fewer than two have a value or all
    are alike."""
    there = [one for one in values if one is not None]
    if not better or len(there) < 2 or len(set(there)) == 1:
        return [False] * len(values)
    wanted = max(there) if better > 0 else min(there)
    return [one == wanted for one in values]


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.1f} %"


def _between(low: float, high: float) -> str:
    return f"between {low * 100:+.1f} and {high * 100:+.1f}"


def _amounts(given: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{amount} {currency}" for amount, currency in given)
