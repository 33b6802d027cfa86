"""Pages of the catalogue: rewards as cards, added, changed, put away, with their picture."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import requires
from bedside.kit.database import Tx
from bedside.kit.files import IMAGES, Files
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import rewards, store_rewards
from bedside.loyalty.pages_common import EDIT, Person, said, shared, tabs
from bedside.loyalty.program import program_in_force
from bedside.loyalty.program_model import Program
from bedside.loyalty.reward_model import Id, NewReward, Reward, RewardChanges, RewardWords
from bedside.loyalty.routes_rewards import LARGEST_BODY, LARGEST_PICTURE

LANGUAGES = [("es", "Spanish"), ("ar", "Arabic")]
SHOWN = [("offered", "Offered"), ("away", "Put away")]
_FIELDS = (
    "name", "points_cost", "description", "stock", "tier_code", "available_from", "available_until", "per_person_limit",
    "voucher_days", "picture",
)  # fmt: skip
_WORDS = {
    "name": "Give the reward a name.",
    "points_cost": "A whole number, from 1 up.",
    "stock": "A whole number; empty: as many as are asked for.",
    "per_person_limit": "A whole number; empty: as often as they like.",
    "voucher_days": "From 1 to 730 days; empty: as the program says.",
    "description": "A thousand letters at most.",
}
_NUMBERS = ("points_cost", "stock", "per_person_limit", "voucher_days")


@get("/loyalty/rewards", guards=[requires(EDIT)], include_in_schema=False)
async def rewards_page(
    request: Person, tx: Transaction, q: FromQuery[str] = "", show: FromQuery[str] = "offered"
) -> Template:
    """The catalogue, the cheapest first."""
    show = show if show in dict(SHOWN) else "offered"
    filters = {"archived": show == "away", "q": q.strip()[:100] or None}
    page = await store_rewards.REWARDS.page(tx, filters=filters, limit=200)
    program = await program_in_force(tx)
    context = await shared(tx) | {
        "rewards": page.items, "q": q, "show": show, "shown": SHOWN, "now": tx.now, "query": request.url.query,
        "tier_names": {tier.code: tier.name for tier in program.tiers}, "tabs": tabs(request.user),
    }  # fmt: skip
    return Template("loyalty/rewards.html", context=context)


async def _form(tx: Tx, values: dict[str, Any], *, reward: Reward | None, errors: dict[str, str]) -> Template:
    program = await program_in_force(tx)
    blank = dict.fromkeys(
        (*_FIELDS, "version", *(f"{part}_{tag}" for part in ("name", "about") for tag, _ in LANGUAGES))
    )
    context = {
        "values": dict.fromkeys(blank, "") | values, "errors": errors, "reward": reward, "languages": LANGUAGES,
        "tiers": [(tier.code, f"{tier.name} and above") for tier in program.tiers[1:]], "program": program,
    }  # fmt: skip
    return Template("loyalty/reward_form.html", context=context, status_code=422 if errors else 200)


@get("/loyalty/rewards/new", guards=[requires(EDIT)], include_in_schema=False)
async def new_reward_dialog(tx: Transaction) -> Template:
    """The form for a new reward."""
    return await _form(tx, {}, reward=None, errors={})


@get("/loyalty/rewards/{reward_id:int}", guards=[requires(EDIT)], include_in_schema=False)
async def reward_dialog(reward_id: FromPath[Id], tx: Transaction) -> Template:
    """The form for one that there is."""
    found = await rewards.reward(tx, reward_id)
    program = await program_in_force(tx)
    values: dict[str, Any] = {
        "name": found.name, "points_cost": found.points_cost, "description": found.description, "stock": found.stock,
        "tier_code": found.tier_code, "per_person_limit": found.per_person_limit, "version": found.version,
        "voucher_days": found.voucher_days, "available_from": _day(found.available_from, program),
        "available_until": _day(found.available_until, program, last=True),
    }  # fmt: skip
    for tag, _ in LANGUAGES:
        words = found.translations.get(tag)
        values |= {f"name_{tag}": words.name if words else "", f"about_{tag}": words.description if words else ""}
    shown = {name: "" if value is None else value for name, value in values.items()}
    return await _form(tx, shown, reward=found, errors={})


def _day(at: datetime | None, program: Program, *, last: bool = False) -> str:
    if at is None:
        return ""
    return (at - timedelta(microseconds=1) if last else at).astimezone(program.zone).date().isoformat()


def _moment(text: str, program: Program, *, last: bool = False) -> datetime | None:
    """The beginning of a day, or the end of it. Raises ValueError."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2200:
        raise ValueError("far away")
    return datetime.combine(day + timedelta(days=1) if last else day, time(), program.zone).astimezone(UTC)


def _given(fields: dict[str, str], program: Program, before: Reward | None) -> dict[str, Any]:
    """The form's fields as the structs take them. Raises Wrong."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {"name": fields.get("name", ""), "description": fields.get("description", "")}
    for name in _NUMBERS:
        text = fields.get(name, "").replace(",", "")
        values[name] = number_in(text) if text else None
        if text and values[name] is None:
            errors[name] = _WORDS[name]
    values["tier_code"] = fields.get("tier_code") or None
    for name, last in (("available_from", False), ("available_until", True)):
        try:
            values[name] = _moment(fields.get(name, ""), program, last=last)
        except ValueError:
            errors[name] = "Give a day."
    words = dict(before.translations) if before else {}
    for tag, _ in LANGUAGES:
        words.pop(tag, None)
        if fields.get(f"name_{tag}"):
            words[tag] = RewardWords(
                name=fields[f"name_{tag}"][:120], description=fields.get(f"about_{tag}", "")[:1000]
            )
    values["translations"] = {
        tag: {"name": one.name, "description": one.description} for tag, one in words.items()
    }  # as the wire has them, so that they are read with the rest
    if errors:
        raise Wrong(errors)
    return values


async def _save(request: Person, tx: Tx, before: Reward | None) -> Template:
    fields = await fields_of(request)
    upload = (await request.form()).get("picture")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    program = await program_in_force(tx)
    try:
        values = _given(fields, program, before)
        moments = {name: values.pop(name) for name in ("available_from", "available_until")}
        async with tx.savepoint():
            if before is None:
                new = read_as(NewReward, values, _WORDS)
                new.available_from, new.available_until = moments["available_from"], moments["available_until"]
                made = await rewards.add_reward(tx, new=new, actor=request.user)
            else:
                changes = read_as(RewardChanges, values, _WORDS)
                changes.available_from = moments["available_from"]
                changes.available_until = moments["available_until"]
                made = await rewards.change_reward(
                    tx, reward_id=before.id, changes=changes, actor=request.user,
                    expected_version=number_in(fields.get("version")),
                )  # fmt: skip
            if content:
                files: Files = request.app.state.files
                kept = await files.keep(
                    tx, name=f"{made.name} picture", content=content, accepted=IMAGES, largest=LARGEST_PICTURE,
                    pointer="/picture",
                )  # fmt: skip
                await rewards.set_picture(tx, reward_id=made.id, file_id=kept.id, actor=request.user)
            elif fields.get("no_picture") == "true":
                await rewards.set_picture(tx, reward_id=made.id, file_id=None, actor=request.user)
    except Wrong as wrong:
        return await _form(tx, fields, reward=before, errors=wrong.errors)
    except Problem as problem:
        return await _form(tx, fields, reward=before, errors=told(problem, _FIELDS))
    return said("Added" if before is None else "Saved", made.name, event="loyalty_reward")


@post(
    "/loyalty/rewards",
    guards=[requires(EDIT)],
    status_code=200,
    request_max_body_size=LARGEST_BODY,
    include_in_schema=False,
)
async def add_reward_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a reward."""
    return await _save(request, tx, None)


@post(
    "/loyalty/rewards/{reward_id:int}",
    guards=[requires(EDIT)],
    status_code=200,
    request_max_body_size=LARGEST_BODY,
    include_in_schema=False,
)
async def change_reward_by_form(reward_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a reward."""
    return await _save(request, tx, await rewards.reward(tx, reward_id))


@post("/loyalty/rewards/{reward_id:int}/archive", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def archive_reward_by_form(
    reward_id: FromPath[Id], request: Person, tx: Transaction, back: FromQuery[str] = ""
) -> Template:
    """Puts a reward away, or brings it back."""
    changes = RewardChanges(archived=back != "yes")
    made = await rewards.change_reward(tx, reward_id=reward_id, changes=changes, actor=request.user)
    return said("Offered again" if back == "yes" else "Put away", made.name, event="loyalty_reward")


REWARD_PAGES: list[Any] = [
    rewards_page, new_reward_dialog, reward_dialog, add_reward_by_form, change_reward_by_form, archive_reward_by_form,
]  # fmt: skip
