"""A patient's points on their page: the panel, and the dialogs by which the desk gives, redeems and takes back."""

from typing import Any
from uuid import uuid4

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import redeeming, referrals, standing, store_points, store_redemptions, store_referrals
from bedside.loyalty.awarding import award_by_hand
from bedside.loyalty.links import make_account_link, referral_link
from bedside.loyalty.model import Id, NewAward, NewReversal, NoSuchLot
from bedside.loyalty.pages_common import AWARD, READ, REDEEM, Person, said, shared
from bedside.loyalty.program import program_in_force
from bedside.loyalty.referral_model import NewReferral
from bedside.loyalty.reversing import reverse_by_hand
from bedside.patients import patient

AT_ONCE = 6
FURTHER = 25
_AWARD_WORDS = {"points": "A whole number, from 1 up.", "reason": "Say what for."}


@get("/panels/patients/{patient_id:int}/loyalty", guards=[requires(READ)], include_in_schema=False)
async def loyalty_panel(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Where a patient stands: balance, tier, vouchers, what moved last."""
    user = request.user
    status = await standing.account(tx, patient_id)
    vouchers = await redeeming.vouchers_of(tx, patient_id)
    brought = await store_referrals.REFERRALS.page(tx, filters={"referrer_id": patient_id}, limit=5)
    context = await shared(tx) | {
        "status": status, "patient_id": patient_id,
        "history": status.history[:AT_ONCE], "further": len(status.history) > AT_ONCE,
        "good": [one for one in vouchers if one.status == "issued"], "brought": brought.items,
        "link": referral_link(status.referral_code) if status.referral_code else "",
        "may_award": user.may(AWARD) and bool((await program_in_force(tx)).award_limits.get(user.role)),
        "may_redeem": user.may(REDEEM),
    }  # fmt: skip
    return Template("loyalty/panel.html", context=context)


@get("/patients/{patient_id:int}/loyalty/history", guards=[requires(READ)], include_in_schema=False)
async def history_dialog(
    patient_id: FromPath[Id], request: Person, tx: Transaction, before: FromQuery[str] = ""
) -> Template:
    """Everything that moved a patient's points, newest first; `before` goes on from an entry."""
    who = await patient(tx, patient_id)
    found = await store_points.entries(tx, patient_id=patient_id, before=number_in(before), limit=FURTHER + 1)
    context = await shared(tx) | {
        "patient": who, "entries": found[:FURTHER], "going_on": bool(before),
        "next": found[FURTHER - 1].id if len(found) > FURTHER else None, "may_take_back": request.user.may(AWARD),
    }  # fmt: skip
    return Template("loyalty/history.html", context=context)


async def _award_form(request: Person, tx: Tx, patient_id: int, values: dict[str, str], errors: Any) -> Template:
    context = await shared(tx) | {
        "patient": await patient(tx, patient_id), "errors": errors,
        "values": {"points": "", "reason": "", "key": str(uuid4())} | values,
        "limit": (await program_in_force(tx)).award_limits.get(request.user.role, 0),
    }  # fmt: skip
    return Template("loyalty/award_form.html", context=context, status_code=422 if errors else 200)


@get("/patients/{patient_id:int}/loyalty/award", guards=[requires(AWARD)], include_in_schema=False)
async def award_dialog(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for points given by hand. It carries a key, so that sent twice it gives once."""
    return await _award_form(request, tx, patient_id, {}, {})


@post("/patients/{patient_id:int}/loyalty/award", guards=[requires(AWARD)], status_code=200, include_in_schema=False)
async def award_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Gives points, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    key = fields.get("key", "")[:80] or str(uuid4())
    try:
        new = read_as(
            NewAward, {"points": number_in(fields.get("points")), "reason": fields.get("reason", "")}, _AWARD_WORDS
        )
        async with tx.savepoint():
            made = await award_by_hand(tx, patient_id=patient_id, new=new, key=key, actor=request.user)
    except Wrong as wrong:
        return await _award_form(request, tx, patient_id, fields, wrong.errors)
    except Problem as problem:
        errors = told(problem, ("points", "reason"))
        if "" in errors:
            errors = {"points": errors[""]}
        return await _award_form(request, tx, patient_id, fields, errors)
    settled = f" {made.settled} of them paid what was owed." if made.settled else ""
    return said(f"{made.points} points given", f"They are there to be spent.{settled}")


@get("/patients/{patient_id:int}/loyalty/awards/{lot_id:int}", guards=[requires(AWARD)], include_in_schema=False)
async def reversal_dialog(patient_id: FromPath[Id], lot_id: FromPath[Id], tx: Transaction) -> Template:
    """Asks why an award is taken back."""
    return await _reversal_form(tx, patient_id, lot_id, "", {})


async def _reversal_form(tx: Tx, patient_id: int, lot_id: int, reason: str, errors: dict[str, str]) -> Template:
    lot = await store_points.lot(tx, lot_id)
    if lot is None or lot.patient_id != patient_id:
        raise NoSuchLot("There is no such award on this account.", next_step="Look in its history.")
    context = await shared(tx) | {
        "patient": await patient(tx, patient_id), "lot": lot, "lot_id": lot_id,
        "reason": reason, "errors": errors,
    }  # fmt: skip
    return Template("loyalty/reversal_form.html", context=context, status_code=422 if errors else 200)


@post(
    "/patients/{patient_id:int}/loyalty/awards/{lot_id:int}",
    guards=[requires(AWARD)],
    status_code=200,
    include_in_schema=False,
)
async def reverse_by_form(patient_id: FromPath[Id], lot_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes an award back, or draws the form again."""
    reason = (await fields_of(request)).get("reason", "")
    try:
        new = read_as(NewReversal, {"lot_id": lot_id, "reason": reason}, {"reason": "Say why."})
        async with tx.savepoint():
            made = await reverse_by_hand(tx, patient_id=patient_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _reversal_form(tx, patient_id, lot_id, reason, wrong.errors)
    except Problem as problem:
        words = told(problem, ("reason",))
        return await _reversal_form(tx, patient_id, lot_id, reason, {"reason": next(iter(words.values()))})
    missing = f" {made.missing} had been spent, and are owed." if made.missing else ""
    return said("Taken back", f"{made.taken} points are gone.{missing}")


async def _offers(tx: Tx, patient_id: int, *, chosen: int | None, problem: str, status_code: int) -> Template:
    context = await shared(tx) | {
        "patient": await patient(tx, patient_id), "offers": await redeeming.offers_to(tx, patient_id),
        "balance": (await store_redemptions.purse(tx, patient_id)).balance, "chosen": chosen, "problem": problem,
    }  # fmt: skip
    return Template("loyalty/redeem_form.html", context=context, status_code=status_code)


@get("/patients/{patient_id:int}/loyalty/redeem", guards=[requires(REDEEM)], include_in_schema=False)
async def redeem_dialog(patient_id: FromPath[Id], tx: Transaction) -> Template:
    """What the points buy; what cannot be had yet says what is missing."""
    return await _offers(tx, patient_id, chosen=None, problem="", status_code=200)


@post("/patients/{patient_id:int}/loyalty/redeem", guards=[requires(REDEEM)], status_code=200, include_in_schema=False)
async def redeem_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Redeems, and shows the voucher in the same dialog."""
    chosen = number_in((await fields_of(request)).get("reward_id"))
    if chosen is None:
        return await _offers(tx, patient_id, chosen=None, problem="Choose a reward.", status_code=422)
    try:
        async with tx.savepoint():
            made = await redeeming.redeem(
                tx, patient_id=patient_id, reward_id=chosen, source="desk", actor=request.user
            )
    except Problem as problem:
        words = f"{problem.detail} {problem.next_step or ''}".strip()
        return await _offers(tx, patient_id, chosen=chosen, problem=words, status_code=409)
    context = await shared(tx) | {"one": made, "fresh": True, "may_redeem": True}
    return Template("loyalty/voucher_dialog.html", context=context, headers={"HX-Trigger": "loyalty"})


@post("/patients/{patient_id:int}/loyalty/link", guards=[requires(REDEEM)], status_code=200, include_in_schema=False)
async def make_link(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Makes a link to the patient's own page, and shows it this once."""
    made = await make_account_link(tx, patient_id=patient_id, actor=request.user)
    context = {"patient": await patient(tx, patient_id), "link": made}
    return Template("loyalty/link_made.html", context=context, headers={"HX-Trigger": "loyalty"})


async def _referral_form(tx: Tx, patient_id: int, code: str, errors: dict[str, str]) -> Template:
    context = {"patient": await patient(tx, patient_id), "code": code, "errors": errors}
    return Template("loyalty/referral_form.html", context=context, status_code=422 if errors else 200)


@get("/patients/{patient_id:int}/loyalty/referral", guards=[requires(REDEEM)], include_in_schema=False)
async def referral_dialog(patient_id: FromPath[Id], tx: Transaction) -> Template:
    """Asks for the code of who sent this patient."""
    return await _referral_form(tx, patient_id, "", {})


@post(
    "/patients/{patient_id:int}/loyalty/referral", guards=[requires(REDEEM)], status_code=200, include_in_schema=False
)
async def refer_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps who sent this patient, or says why it does not count."""
    code = (await fields_of(request)).get("code", "")[:40]
    try:
        new = read_as(NewReferral, {"code": code, "friend_id": patient_id}, {"code": "Give the friend's code."})
        async with tx.savepoint():
            made = await referrals.refer(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _referral_form(tx, patient_id, code, wrong.errors)
    except Problem as problem:
        words = told(problem, ("code",))
        return await _referral_form(tx, patient_id, code, {"code": next(iter(words.values()))})
    return said("Kept", f"{made.referrer_name} gets their points after this patient's first visit.")


PANEL_PAGES: list[Any] = [
    loyalty_panel, history_dialog, award_dialog, award_by_form, reversal_dialog, reverse_by_form, redeem_dialog,
    redeem_by_form, make_link, referral_dialog, refer_by_form,
]  # fmt: skip
