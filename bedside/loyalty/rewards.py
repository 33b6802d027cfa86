"""The catalogue of rewards: added, changed, put away, shown with what one may have."""

from typing import Any

import msgspec

from bedside.accounts import audit
from bedside.directory import check_language
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given
from bedside.loyalty import store_rewards as store
from bedside.loyalty.events import RewardChanged
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reward_model import NewReward, NoSuchReward, Reward, RewardChanges, RewardRefused, RewardWords

# Years that vouchers and offers lie in; beyond them something was mistyped.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


async def reward(tx: Tx, reward_id: int) -> Reward:
    """A reward, put away or not. Raises NoSuchReward (404)."""
    return _found(await store.reward(tx, reward_id))


async def locked_reward(tx: Tx, reward_id: int) -> Reward:
    """The same, held until the transaction ends: its stock is ours to take of. Raises NoSuchReward (404)."""
    return _found(await store.reward(tx, reward_id, lock=True))


def _found(one: Reward | None) -> Reward:
    if one is None:
        raise NoSuchReward("There is no such reward.", next_step="Look it up in /api/loyalty/rewards.")
    return one


async def add_reward(tx: Tx, *, new: NewReward, actor: Actor) -> Reward:
    """Adds a reward to the catalogue. Raises RewardRefused, Invalid (422)."""
    row = await _checked(tx, msgspec.structs.asdict(new))
    made = await reward(tx, await store.insert_reward(tx, row, by=actor.name))
    await _tell(tx, made, what="added", actor=actor)
    return made


async def change_reward(
    tx: Tx, *, reward_id: int, changes: RewardChanges, actor: Actor, expected_version: int | None = None
) -> Reward:
    """Changes a reward, puts it away or brings it back. Raises NoSuchReward (404), RewardRefused (422) and Changed
    (412)."""
    before = await locked_reward(tx, reward_id)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    what = "changed"
    if (archived := sent.pop("archived", None)) is not None:
        sent["archived_at"] = (before.archived_at or tx.now) if archived else None
        what = "archived" if archived else "restored"
    sent |= await _checked(tx, {name: getattr(before, name) for name in _CHECKED} | sent, only=sent)
    after = msgspec.structs.replace(before, **sent)
    if after == before:
        return before
    after.version = await store.update_reward(tx, after)
    await _tell(tx, after, what=what, actor=actor, before=before)
    return after


async def set_picture(
    tx: Tx, *, reward_id: int, file_id: int | None, actor: Actor, expected_version: int | None = None
) -> Reward:
    """Makes a file of crm.files a reward's picture; None: no picture. Raises NoSuchReward (404), Changed (412)."""
    before = await locked_reward(tx, reward_id)
    check_version(expected=expected_version, actual=before.version)
    if before.picture_file_id == file_id:
        return before
    after = msgspec.structs.replace(before, picture_file_id=file_id)
    after.version = await store.update_reward(tx, after)
    await _tell(tx, after, what="changed", actor=actor, before=before)
    return after


_CHECKED = ("name", "description", "translations", "tier_code", "available_from", "available_until")


async def _checked(tx: Tx, row: dict[str, Any], *, only: dict[str, Any] | None = None) -> dict[str, Any]:
    """The row with its words trimmed. `only`: what was sent, where the rest is as it was and stays so."""
    sent = row if only is None else only
    made = dict(sent)
    if "name" in sent:
        made["name"] = one_line(row["name"], pointer="/name", longest=120)
    if "description" in sent:
        made["description"] = many_lines(row["description"], pointer="/description", longest=1000)
    if "translations" in sent:
        made["translations"] = _words(row["translations"])
    if sent.get("tier_code") is not None:
        await _check_tier(tx, row["tier_code"])
    for name, pointer in (("available_from", "/availableFrom"), ("available_until", "/availableUntil")):
        if sent.get(name) is not None and not _FIRST_YEAR <= sent[name].year <= _LAST_YEAR:
            raise RewardRefused("That day is too far from today.", pointer=pointer)
    begins, ends = row["available_from"], row["available_until"]
    if begins is not None and ends is not None and ends <= begins:
        raise RewardRefused(
            "It would be over before it begins.",
            pointer="/availableUntil",
            next_step="Give an end that lies after the beginning.",
        )
    return made


def _words(translations: dict[str, RewardWords]) -> dict[str, RewardWords]:
    made = {}
    for tag, words in translations.items():
        pointer = f"/translations/{tag.replace('~', '~0').replace('/', '~1')}"
        check_language(tag, pointer)
        made[tag] = RewardWords(
            name=one_line(words.name, pointer=f"{pointer}/name", longest=120),
            description=many_lines(words.description, pointer=f"{pointer}/description", longest=1000),
        )
    return made


async def _check_tier(tx: Tx, code: str) -> None:
    known = [tier.code for tier in (await program_in_force(tx)).tiers]
    if code not in known:
        raise RewardRefused(
            f"The program has no tier “{code}”.", pointer="/tierCode", next_step="Use: " + ", ".join(known) + "."
        )


async def _tell(tx: Tx, one: Reward, *, what: str, actor: Actor, before: Reward | None = None) -> None:
    await audit(
        tx,
        actor=actor,
        action=f"loyalty_reward.{what}",
        subject="loyalty_reward",
        subject_id=one.id,
        before=None if before is None else msgspec.to_builtins(before),
        after=msgspec.to_builtins(one),
    )
    await record(tx, RewardChanged(loyalty_reward_id=one.id, what=what), actor=actor)
