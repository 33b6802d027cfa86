"""Versions of one campaign: each is tried on its share of the people, and the rest get the one that did best."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import msgspec

from bedside.campaigns import store_split
from bedside.campaigns.arriving import TELLING_CLICKS, TELLING_OPENS
from bedside.campaigns.lift import wilson
from bedside.campaigns.model import Campaign, CampaignStands, CampaignStatus
from bedside.campaigns.split_model import SplitReport, Variant, VariantFigures, WinnerBy
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, Problem

RELEASE_PIECE = 10_000  # lines a transaction


def check_split(one: Campaign) -> None:
    """Raises Invalid (422) for versions that do not add up, that say the same, or among which nothing could choose."""
    variants = one.variants
    if not variants:
        if one.winner_by is not None or one.decide_after_hours is not None:
            raise Invalid("There are no versions to choose among.", pointer="/variants")
        return
    if len(variants) < 2:
        raise Invalid("One version alone is compared with nothing.", pointer="/variants", next_step="Add another.")
    for n, variant in enumerate(variants):
        if variant.name != variant.name.strip() or "\0" in variant.name:
            raise Invalid("This name does not do.", pointer=f"/variants/{n}/name", next_step="Use a letter: A, B.")
        if any(variant.name == other.name for other in variants[:n]):
            raise Invalid("There is a version of this name already.", pointer=f"/variants/{n}/name")
        if any(_said(one, variant) == _said(one, other) for other in variants[:n]):
            raise Invalid(
                "This version says what another says.",
                pointer=f"/variants/{n}",
                next_step="Change its words, its template or its subject.",
            )
        if variant.message and variant.template_key:
            raise Invalid("It says either a message or a template, not both.", pointer=f"/variants/{n}/templateKey")
    _check_shares(one)


def _check_shares(one: Campaign) -> None:
    total = sum(variant.share for variant in one.variants)
    if total > 100:
        raise Invalid(f"The shares come to {total} of a hundred.", pointer=f"/variants/{len(one.variants) - 1}/share")
    if total == 100:
        if one.winner_by is not None:
            raise Invalid(
                "Everybody tries a version, so nobody is left for the one that wins.",
                pointer="/winnerBy",
                next_step="Make the shares smaller, or leave winnerBy out.",
            )
        return
    if one.winner_by is None:
        raise Invalid(
            f"The shares come to {total} of a hundred, and nothing is said about the rest.",
            pointer="/winnerBy",
            next_step="Say how the version that the rest get is chosen, or share out a hundred.",
        )
    if one.decide_after_hours is None:
        raise Invalid("Say after how many hours it is decided.", pointer="/decideAfterHours")
    telling = {"opened": TELLING_OPENS, "clicked": TELLING_CLICKS}.get(one.winner_by, tuple(one.channels))
    if set(telling).isdisjoint(one.channels):
        raise Invalid(
            f"None of its channels tells who {one.winner_by} it.",
            pointer="/winnerBy",
            next_step="Choose by who answered or booked, or send it by email.",
        )


def _said(one: Campaign, variant: Variant) -> tuple[str, str | None, str]:
    said = worded(one, variant)
    return said.message, said.template_key, said.subject


def worded(one: Campaign, variant: Variant) -> Campaign:
    """The campaign as this version of it speaks."""
    said = msgspec.structs.replace(one)
    if variant.message is not None:
        said.message, said.template_key = variant.message.strip(), None
    elif variant.template_key is not None:
        said.message, said.template_key = "", variant.template_key
    if variant.subject is not None and variant.subject.strip():
        said.subject = variant.subject.strip()
    return said


def versions(one: Campaign) -> list[tuple[str, Campaign]]:
    """How it speaks, each with where in a request that is said: once, or once for each version."""
    if not one.variants:
        return [("", one)]
    return [(f"/variants/{n}", worded(one, variant)) for n, variant in enumerate(one.variants)]


@contextmanager
def pointing(pointer: str) -> Iterator[None]:
    """Has what is wrong with a version point at it in the request."""
    try:
        yield
    except Problem as problem:
        problem.errors = [{**one, "pointer": pointer + one["pointer"]} for one in problem.errors]
        raise


def version_named(one: Campaign, name: str) -> Campaign:
    """How it speaks to those who get this version; without one, as itself."""
    found = next((variant for variant in one.variants if variant.name == name), None)
    return worded(one, found) if found else one


def _of(one: VariantFigures, by: WinnerBy) -> int:
    """Of how many people it can be known whether they did it."""
    return {"opened": one.opens_known, "clicked": one.clicks_known}.get(by, one.people)


def best(figures: Sequence[VariantFigures], by: WinnerBy) -> str:
    """Which did best: by the share of the people of whom that can be known; of equals the one with more of them, then
    the one named first."""

    def rank(one: VariantFigures) -> tuple[float, int]:
        return (getattr(one, by) / of if (of := _of(one, by)) else -1.0, of)

    return max(figures, key=rank).name  # of equals max takes the first


async def report(tx: Tx, *, found: Campaign) -> SplitReport:
    """How its versions do."""
    figures = await _figures(tx, found)
    for one in figures:
        one.winner = one.name == found.winner
        if found.winner_by is not None and (of := _of(one, found.winner_by)):
            done = getattr(one, found.winner_by)
            one.of, one.rate = of, done / of
            one.low, one.high = wilson(done, of)
    return SplitReport(
        items=figures,
        winner_by=found.winner_by,
        decide_at=found.decide_at,
        winner=found.winner,
        clear=_clear(figures),
        waiting=await store_split.held(tx, found.id),
    )


def _clear(figures: Sequence[VariantFigures]) -> bool:
    ranked = sorted((one for one in figures if one.rate is not None), key=lambda one: one.rate or 0.0, reverse=True)
    return len(ranked) > 1 and (ranked[0].low or 0.0) > (ranked[1].high or 0.0)


async def _figures(tx: Tx, found: Campaign) -> list[VariantFigures]:
    days = found.attribution_days if found.whose == "patients" else 0
    counted = {one.name: one for one in await store_split.figures(tx, campaign_id=found.id, days=days)}
    shares = {variant.name: variant.share for variant in found.variants}
    return [
        msgspec.structs.replace(counted[name], share=share)
        if name in counted
        else VariantFigures(name=name, share=share, people=0)
        for name, share in shares.items()
    ]


async def go_on(tx: Tx, found: Campaign) -> str | None:
    """What comes when all who try have got it: waiting, deciding, and letting the rest go, piece by piece. Gives what
    was done; None where nobody waits for a version."""
    if not found.variants or not await store_split.held(tx, found.id, most=1):
        return None
    if found.winner is not None:
        await store_split.release(tx, found.id, variant=found.winner, piece=RELEASE_PIECE)
        return "released"
    if found.decide_at is None:
        hours = found.decide_after_hours or 1
        await store_split.decide_at(tx, found.id, at=tx.now + timedelta(hours=hours))
        return "tried"
    if found.decide_at > tx.now or found.winner_by is None:
        return "waits"
    await store_split.win(tx, found.id, variant=best(await _figures(tx, found), found.winner_by))
    return "decided"


async def choose(tx: Tx, *, found: Campaign, variant: str) -> None:
    """Has the rest get this version, without waiting. The campaign is locked.

    Raises Invalid (422) for a version that there is not; CampaignStands (409) where nobody waits for one."""
    if all(one.name != variant for one in found.variants):
        raise Invalid(
            "There is no such version.",
            pointer="/variant",
            next_step="Choose one of " + ", ".join(one.name for one in found.variants) + "."
            if found.variants
            else "This campaign has one version only.",
        )
    running = found.status in (CampaignStatus.SENDING, CampaignStatus.PAUSED)
    if not running or found.winner is not None or not found.frozen_at or found.winner_by is None:
        raise CampaignStands(
            "Nobody waits for a version of this campaign.", next_step="Look at the campaign: it may have been decided."
        )
    await store_split.win(tx, found.id, variant=variant)
