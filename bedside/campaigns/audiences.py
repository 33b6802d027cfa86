"""Audiences: adding, changing, asking whom one comes to."""

from typing import Any

import msgspec

from bedside.accounts import Permission, SignedIn
from bedside.campaigns import store_audiences, store_reach, store_rules, store_words
from bedside.campaigns.audience_model import (
    Audience,
    AudienceChanges,
    AudienceNameTaken,
    NewAudience,
    NoSuchAudience,
    Outcome,
    Question,
    Reach,
)
from bedside.campaigns.events import AudienceChanged
from bedside.campaigns.places import place_of
from bedside.campaigns.rules import Field, Rule, Whose, check, conditions, named_records
from bedside.campaigns.word_model import WordTaken
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.wire import given

SAMPLE = 12  # people
# counting roughly: of more than so many people, these are looked at, which errs by half a percent at most
MOST_COUNTED, LOOKED_AT = 100_000, 50_000


async def fields(tx: Tx, *, whose: Whose) -> list[Field]:
    """Everything that a rule may ask of them."""
    found, _ = await store_rules.fields_of(tx, whose=whose)
    return list(found.values())


async def audience(tx: Tx, *, audience_id: int, user: SignedIn, lock: bool = False) -> Audience:
    """One audience. Raises NoSuchAudience (404), for one of a hospital that is not theirs too."""
    found = await store_audiences.audience(tx, audience_id, lock=lock)
    if found is None or not user.works_at(found.hospital_id):
        raise NoSuchAudience("There is no such audience.", next_step="Look it up in the list of audiences.")
    return found


async def add(tx: Tx, *, new: NewAudience, user: SignedIn) -> Audience:
    """Adds an audience. Raises Invalid (422) at what of its rule cannot be asked, AudienceNameTaken (409)."""
    hospital_id = await place_of(tx, hospital_id=new.hospital_id, user=user)
    if (name := new.name.strip()) == "":
        raise Invalid("An audience needs a name.", pointer="/name")
    if new.kind == "list" and new.rule is not None:
        raise Invalid("A list has people, and no rule.", pointer="/rule", next_step="Leave it out, or use kind rule.")
    rule = new.rule or Rule()
    await check_rule(tx, rule, whose=new.whose, pointer="/rule")
    made = await store_audiences.insert(
        tx, name=name, description=new.description, whose=new.whose, kind=new.kind, rule=rule,
        hospital_id=hospital_id, by=user.name,
    )  # fmt: skip
    if made is None:
        raise _taken(name)
    return await _told(tx, made, user, "added")


async def change(
    tx: Tx, *, audience_id: int, changes: AudienceChanges, expected_version: int | None, user: SignedIn
) -> Audience:
    """Names it, describes it, gives it another rule (a version of it is kept), puts it away or takes it out again.

    Raises NoSuchAudience (404), Changed (412), Forbidden (403) for the group's where they do not work at every
    hospital, AudienceNameTaken and, of a list taken out again, WordTaken (409), Invalid (422)."""
    found = await audience(tx, audience_id=audience_id, user=user, lock=True)
    if found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden(
            "This audience is the whole group's.", next_step="Add one of your own hospital, or ask an administrator."
        )
    check_version(expected=expected_version, actual=found.version)
    wanted: dict[str, Any] = given(changes)
    archived = wanted.pop("archived", found.archived_at is not None)
    changed = msgspec.structs.replace(found, **wanted, archived_at=(found.archived_at or tx.now) if archived else None)
    changed.name = changed.name.strip()
    if not changed.name:
        raise Invalid("An audience needs a name.", pointer="/name")
    new_rule = changed.rule != found.rule
    if new_rule and found.kind == "list":
        raise Invalid("A list has people, and no rule.", pointer="/rule")
    if new_rule:
        await check_rule(tx, changed.rule, whose=found.whose, pointer="/rule")
    if not archived and await store_audiences.name_taken(tx, name=changed.name, but=found.id):
        raise _taken(changed.name)
    await store_audiences.update(tx, changed=changed, by=user.name, new_rule=new_rule)
    if (changed.archived_at is None) != (found.archived_at is None):
        await _use_words(tx, changed)
    return await _told(tx, found.id, user, "changed")


async def check_rule(tx: Tx, rule: Rule, *, whose: Whose, pointer: str) -> None:
    """Raises Invalid (422) at what cannot be asked: unknown fields, values that do not fit, records not there."""
    known, _ = await store_rules.fields_of(tx, whose=whose)
    check(rule, known, pointer=pointer)
    for one in conditions(rule):
        field = known[str(one.field)]
        named = named_records(field, one)
        if named and (lost := await store_rules.unknown_records(tx, records=field.records, named=named)):
            what = ", ".join(lost[:5])
            raise Invalid(
                f"{field.label}: there are no {field.records} {what}.", pointer=pointer, next_step="Choose them anew."
            )


async def reach(tx: Tx, *, question: Question, user: SignedIn) -> Reach:
    """Whom a rule or an audience comes to, and by which channel. It counts now; a campaign's audience is frozen when it
    starts. Raises Invalid (422), NoSuchAudience (404)."""
    whose, rule, list_id = question.whose, question.rule or Rule(), None
    if question.audience_id is not None:
        if question.rule is not None:
            raise Invalid("Ask of a rule or of an audience, not both.", pointer="/audienceId")
        found = await audience(tx, audience_id=question.audience_id, user=user)
        whose, rule, list_id = found.whose, found.rule, found.id if found.kind == "list" else None
    else:
        await check_rule(tx, rule, whose=whose, pointer="/rule")
    _, custom = await store_rules.fields_of(tx, whose=whose)
    compiled = store_rules.compile_rule(rule, whose=whose, custom=custom)
    within = user.hospitals
    if question.hospital_id is not None:
        user.check_works_at(question.hospital_id)
        within = [question.hospital_id]
    named, values = store_reach.people(compiled, whose=whose, within=within, list_id=list_id)
    channels = [str(one) for one in dict.fromkeys(question.channels)]
    everybody = await store_reach.how_many(tx, named=named, values=values) if question.roughly else 0
    looked_at = store_reach.some_of(named, share=LOOKED_AT / everybody) if everybody > MOST_COUNTED else named
    total, reached, counted = await store_reach.count(
        tx, named=looked_at, values=values, whose=whose, channels=channels
    )
    sample = []
    if user.may(Permission.CAMPAIGNS_EDIT if whose == "patients" else Permission.OWNERS_READ):
        sample = await store_reach.sample(tx, named=named, values=values, whose=whose, limit=SAMPLE)
    outcomes = [msgspec.convert(msgspec.to_builtins(one), Outcome) for one in counted]
    if everybody <= MOST_COUNTED:
        return Reach(people=total, reached=reached, outcomes=outcomes, sample=sample)
    for one in outcomes:
        one.people = _projected(one.people, of=total, to=everybody)
    reached = _projected(reached, of=total, to=everybody)
    return Reach(people=everybody, reached=reached, outcomes=outcomes, sample=sample, sampled=total)


def _projected(people: int, *, of: int, to: int) -> int:
    """So many of some, as a share of all, to three figures: more would look surer than a sample is."""
    exactly = people * to / max(of, 1)
    return int(float(f"{exactly:.3g}"))


async def _use_words(tx: Tx, one: Audience) -> None:
    """What is put away is joined by no word, and its words are free; taken out again it needs them free."""
    in_use = one.archived_at is None
    kept = await store_words.words(tx, list_id=one.id)
    if await store_words.replace(tx, list_id=one.id, words=kept, in_use=in_use) < len(kept):
        taken = await store_words.taken(tx, folded=[word.folded for word in kept], but=one.id)
        word, name = taken or ("One of its words", "another list")
        raise WordTaken(
            f"“{word}”, by which this list was joined, is a word of “{name}” now.",
            next_step="Take it from that list first.",
        )


async def _told(tx: Tx, audience_id: int, user: SignedIn, what: str) -> Audience:
    found = await audience(tx, audience_id=audience_id, user=user)
    await record(tx, AudienceChanged(audience_id=found.id, what=what, hospital_id=found.hospital_id), actor=user)
    return found


def _taken(name: str) -> AudienceNameTaken:
    return AudienceNameTaken(
        f"Another audience is called “{name}”.", pointer="/name", next_step="Give it another name, or change that one."
    )
