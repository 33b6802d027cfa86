"""A patient's own points by their link: see them, redeem, show vouchers, bring friends. GET changes nothing."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from bedside.accounts import public
from bedside.directory import Hospital, hospitals
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import locale_of
from bedside.loyalty import redeeming, standing, store_redemptions, store_rewards
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.links import open_account_link, referral_link
from bedside.loyalty.model import Id
from bedside.loyalty.own_words import WORDS, words
from bedside.loyalty.pages_common import last_day
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reward_model import NoSuchRedemption, Redemption, Reward
from bedside.patient_access import LANGUAGE_COOKIE, LinkOver, LinkUnknown, language_of
from bedside.patients import Patient, patient

Asked = Request[Any, Any, Any]

_LINKED = "the link is the permission: 128 random bits, given to the patient"
# nobody else's: no cache keeps it, no search engine lists it, no link tells its address
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
_SHOWN = 8


async def _opened(tx: Tx, token: str, *, acting: bool = False) -> Patient:
    return await patient(tx, (await open_account_link(tx, token, acting=acting)).patient_id)


@get("/p/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def own_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """What a patient has, and what they can do with it."""
    try:
        who = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return await _nowhere(request, tx, problem)
    program = await program_in_force(tx)
    status = await standing.account(tx, who.id)
    vouchers = await redeeming.vouchers_of(tx, who.id)
    return await _page(
        request,
        tx,
        "own",
        who,
        token=token,
        status=status,
        program=program,
        offers=await redeeming.offers_to(tx, who.id),
        vouchers=[one for one in vouchers if one.status == "issued"],
        history=status.history[:_SHOWN],
        tier_names={tier.code: tier.name for tier in program.tiers},
        friend_points=program.points_for("referral"),
        share=referral_link(status.referral_code) if status.referral_code else "",
        catalogue=await _catalogue(tx, vouchers),
    )


async def _catalogue(tx: Tx, vouchers: list[Redemption]) -> dict[int, Reward]:
    """The rewards behind somebody's good vouchers, for their words and pictures."""
    wanted = {one.reward_id for one in vouchers if one.status == "issued"}
    offered = {one.id: one for one in await store_rewards.offered(tx)}
    return {id_: offered[id_] for id_ in wanted if id_ in offered}


async def _newest(tx: Tx, patient_id: int) -> int:
    page = await store_redemptions.REDEMPTIONS.page(tx, filters={"patient_id": patient_id}, limit=1)
    return page.items[0].id if page.items else 0


@get("/p/{token:str}/rewards/{reward_id:int}", guards=[public(_LINKED)], include_in_schema=False)
async def reward_page(
    request: Asked, tx: Transaction, token: FromPath[str], reward_id: FromPath[Id], changed: FromQuery[str] = ""
) -> Template | Redirect:
    """One reward, and a button that redeems it: asked first, as points are gone afterwards."""
    try:
        who = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return await _nowhere(request, tx, problem)
    offer = next((one for one in await redeeming.offers_to(tx, who.id) if one.reward.id == reward_id), None)
    if offer is None:
        return _go(f"/p/{token}")
    program = await program_in_force(tx)
    balance = (await store_redemptions.purse(tx, who.id)).balance
    return await _page(
        request,
        tx,
        "own_reward",
        who,
        token=token,
        offer=offer,
        balance=balance,
        days=offer.reward.voucher_days or program.voucher_days,
        tier_names={tier.code: tier.name for tier in program.tiers},
        newest=await _newest(tx, who.id),
        changed=changed == "yes",
    )


@post("/p/{token:str}/rewards/{reward_id:int}", guards=[public(_LINKED)], include_in_schema=False)
async def redeem_own(request: Asked, tx: Transaction, token: FromPath[str], reward_id: FromPath[Id]) -> Response[Any]:
    """Redeems, and goes on to the voucher. The form says which redemption was the newest when it was drawn, so that
    one that is sent twice redeems once."""
    try:
        who = await _opened(tx, token, acting=True)
    except (LinkUnknown, LinkOver) as problem:
        return await _nowhere(request, tx, problem)
    seen = number_in((await fields_of(request)).get("newest"))
    await locked_account(tx, who.id)
    page = await store_redemptions.REDEMPTIONS.page(tx, filters={"patient_id": who.id}, limit=1)
    last = page.items[0] if page.items else None
    if last is not None and last.id != seen:
        same = last.reward_id == reward_id and last.source == "link" and last.status == "issued"
        if same:
            return _go(f"/p/{token}/vouchers/{last.id}", done="yes")
        return _go(f"/p/{token}/rewards/{reward_id}", changed="yes")
    try:
        async with tx.savepoint():
            actor = Actor(kind="patient", id=who.id, name=who.name)
            made = await redeeming.redeem(tx, patient_id=who.id, reward_id=reward_id, source="link", actor=actor)
    except Problem:
        return _go(f"/p/{token}/rewards/{reward_id}", changed="yes")
    return _go(f"/p/{token}/vouchers/{made.id}", done="yes")


@get("/p/{token:str}/vouchers/{redemption_id:int}", guards=[public(_LINKED)], include_in_schema=False)
async def own_voucher(
    request: Asked, tx: Transaction, token: FromPath[str], redemption_id: FromPath[Id], done: FromQuery[str] = ""
) -> Template | Redirect:
    """A voucher, large enough for the desk's camera."""
    try:
        who = await _opened(tx, token)
        found = await redeeming.redemption(tx, redemption_id)
    except (LinkUnknown, LinkOver) as problem:
        return await _nowhere(request, tx, problem)
    except NoSuchRedemption:
        return _go(f"/p/{token}")
    if found.patient_id != who.id:
        return _go(f"/p/{token}")
    reward = await store_rewards.reward(tx, found.reward_id)
    return await _page(request, tx, "own_voucher", who, token=token, one=found, reward=reward, done=done == "yes")


def _go(path: str, **query: str) -> Redirect:
    return Redirect(path, status_code=303, query_params=query or None, headers=_PRIVATE)


async def _nowhere(request: Asked, tx: Tx, problem: Problem) -> Template:
    over = isinstance(problem, LinkOver)
    return await _page(request, tx, "own_nowhere", None, status_code=problem.status, over=over)


async def _page(
    request: Asked, tx: Tx, name: str, who: Patient | None, *, status_code: int = 200, **context: Any
) -> Template:
    there = await hospitals(tx)
    home = who.hospital_id if who else None
    place: Hospital | None = next((one for one in there if one.id == home), there[0] if len(there) == 1 else None)
    days_end_in = (await program_in_force(tx)).zone
    language = language_of(request, who.language if who else None)
    keep = [Cookie(key=LANGUAGE_COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]
    return Template(
        f"loyalty/{name}.html",
        context={
            "t": words(language),
            "language": language,
            "hospital": place,
            "who": who,
            "here": request.url.path,
            "languages": [(tag, said["language"]) for tag, said in WORDS.items()],
            "query": request.url.query,
            "locale": locale_of(language, place.locale if place else "en-US"),
            "zone": place.time_zone if place else "UTC",
            "last_day_of": lambda end: last_day(end, days_end_in),
            **context,
        },
        status_code=status_code,
        headers=_PRIVATE,
        cookies=keep if "lang" in request.query_params else [],
    )


OWN_PAGES: list[Any] = [own_page, reward_page, redeem_own, own_voucher]
