"""The ready-made standing campaigns: follow-ups, chronic care, and tip series that people join by a word or a link.

A recipe makes a draft, which is changed and launched as any other campaign; nothing is sent by it. Its texts are
templates of the library (message_templates/shipped/follow_ups), which a hospital may write anew.
"""

from bedside.accounts import SignedIn
from bedside.campaigns import audiences, campaigns, store_audiences, store_words, words
from bedside.campaigns.audience_model import Audience, NewAudience
from bedside.campaigns.journey_model import Entry, Step
from bedside.campaigns.model import Campaign, NewCampaign
from bedside.campaigns.places import place_of
from bedside.campaigns.recipe_model import NoSuchRecipe, Recipe, RecipeView
from bedside.campaigns.rules import Rule
from bedside.campaigns.word_model import ListWord, ListWords, checked
from bedside.follow_ups import NewTag, make_tag, tags
from bedside.kit.database import Tx
from bedside.message_templates import Channel

MORNING = "10:00"


def _wait(number: int, *, days: int, at: str = MORNING) -> Step:
    return Step(id=f"wait-{number}", kind="wait", days=days, at=at)


def _send(number: int, template_key: str) -> Step:
    return Step(id=f"send-{number}", kind="send", template_key=template_key)


def _series(topic: str) -> tuple[Step, ...]:
    """Four tips: the first at once, the others a week apart."""
    steps = [_send(1, f"tip_{topic}_1")]
    for number in (2, 3, 4):
        steps += [_wait(number, days=7), _send(number, f"tip_{topic}_{number}")]
    return tuple(steps)


def _tips(topic: str, name: str, description: str, icon: str, words: tuple[tuple[str, str], ...]) -> Recipe:
    return Recipe(
        key=f"tips_{topic}", kind="tips", name=f"Tips: {name}", description=description, icon=icon,
        when="Who joins the list by its word or its link; who leaves it gets nothing more.", steps=_series(topic),
        entry=Entry(on="list_joined"), list_name=f"Tips: {name}", words=words,
    )  # fmt: skip


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        key="after_visit", kind="follow_up", name="After your visit", icon="stethoscope",
        description="Asks how they are the day after a visit, and a week later whether anything is left.",
        when="A visit was completed; once in thirty days.", entry=Entry(on="visit_completed", again=30),
        steps=(_wait(1, days=1), _send(1, "visit_day_after"), _wait(2, days=6), _send(2, "visit_week_after")),
    ),
    Recipe(
        key="birthday", kind="follow_up", name="Happy birthday", icon="cake",
        description="Good wishes in the morning of the day, and nothing to sell.",
        when="Their birthday, every year.", entry=Entry(on="birthday", again="always"),
        steps=(Step(id="wait-1", kind="wait", at="09:00"), _send(1, "happy_birthday")),
    ),
    Recipe(
        key="diabetes_care", kind="chronic_care", name="Chronic care: diabetes", icon="calendar-repeat",
        description="Reminds people with the tag “Diabetes” of their check, until they have a next visit.",
        when="They have the tag “Diabetes”, and were not here for 90 days; again after 90 days.",
        entry=Entry(on="rule", again=90), tag="Diabetes",
        rule=Rule(field="last_visit", operator="longer_ago_than_days", value=90),
        goal=Rule(field="next_visit", operator="some"),
        steps=(_send(1, "diabetes_check_due"), _wait(2, days=14), _send(2, "diabetes_check_due")),
    ),
    _tips(
        "heart", "Heart", "Four tips a week apart: moving, salt, blood pressure, and the signs to know.", "heartbeat",
        (("HEART", "en"), ("CORAZON", "es"), ("قلب", "ar")),
    ),
    _tips(
        "diabetes", "Diabetes", "Four tips a week apart: the plate, the feet, a walk after meals, the yearly check.",
        "activity", (("DIABETES", "en"), ("AZUCAR", "es"), ("سكري", "ar")),
    ),
    _tips(
        "sleep", "Sleep and stress", "Four tips a week apart: the hour to get up, coffee and screens, breathing, help.",
        "moon-stars", (("SLEEP", "en"), ("DORMIR", "es"), ("نوم", "ar")),
    ),
)  # fmt: skip
_BY_KEY = {one.key: one for one in RECIPES}


def recipe(key: str) -> Recipe:
    """One of them. Raises NoSuchRecipe (404)."""
    found = _BY_KEY.get(key)
    if found is None:
        raise NoSuchRecipe("There is no such recipe.", next_step="Look at the list of recipes.")
    return found


def view(one: Recipe) -> RecipeView:
    """A recipe as it is shown."""
    sends = [step.template_key for step in one.steps if step.template_key is not None]
    return RecipeView(
        key=one.key,
        kind=one.kind,
        name=one.name,
        description=one.description,
        when=one.when,
        messages=len(sends),
        days=sum(step.days for step in one.steps),
        template_keys=list(dict.fromkeys(sends)),
        words=[word for word, _ in one.words],
    )


async def use(tx: Tx, *, key: str, hospital_id: int | None, user: SignedIn) -> Campaign:
    """Makes a draft of a recipe; for a series its list too, where there is none of that name, with those of its words
    that are free. Raises NoSuchRecipe (404), Forbidden (403) for a hospital that is not theirs, Invalid (422)."""
    one = recipe(key)
    hospital_id = await place_of(tx, hospital_id=hospital_id, user=user)
    entry = one.entry
    if one.list_name is not None:
        joined = await _list_of(tx, one, hospital_id, user)
        entry = Entry(on=entry.on, again=entry.again, list_id=joined.id)
    rule = one.rule
    if one.tag is not None and rule is not None:
        tagged = Rule(field="tag", operator="is_one_of", value=[await _tag(tx, one.tag, user)])
        rule = Rule(match="all", rules=[tagged, rule])
    new = NewCampaign(
        name=one.name,
        channels=[Channel.WHATSAPP, Channel.SMS, Channel.EMAIL],
        status="draft",
        target_audience=None if rule else "all_patients",
        rule=rule,
        hospital_id=hospital_id,
        steps=list(one.steps),
        entry=entry,
        goal=one.goal,
    )
    return await campaigns.add(tx, new=new, user=user)


async def _tag(tx: Tx, name: str, user: SignedIn) -> int:
    there = next((one for one in await tags(tx) if one.name.casefold() == name.casefold()), None)
    return (there or await make_tag(tx, new=NewTag(name=name), actor=user)).id


async def _list_of(tx: Tx, one: Recipe, hospital_id: int | None, user: SignedIn) -> Audience:
    name = one.list_name or one.name
    known = await store_audiences.AUDIENCES.page(
        tx,
        filters={"archived": False, "whose": "patients", "kind": "list", "q": name, "within": user.hospitals},
        limit=50,
    )
    for there in known.items:
        if there.name == name and there.hospital_id in (None, hospital_id):
            return there
    name = name if await _is_free(tx, name) else await _another_name(tx, name)
    new = NewAudience(name=name, description=one.description, kind="list", hospital_id=hospital_id)
    made = await audiences.add(tx, new=new, user=user)
    given = [ListWord(word=word, language=language) for word, language in one.words]
    kept = checked(ListWords(joins=given))
    free = [
        word
        for word, heard in zip(given, kept, strict=True)
        if await store_words.taken(tx, folded=[heard.folded], but=made.id) is None
    ]
    if free:
        await words.choose(tx, list_id=made.id, words=ListWords(joins=free), user=user)
    return made


async def _is_free(tx: Tx, name: str) -> bool:
    return not await store_audiences.name_taken(tx, name=name, but=0)


async def _another_name(tx: Tx, name: str) -> str:
    """Another hospital's list, or a rule, has the name."""
    number = 2
    while not await _is_free(tx, f"{name} {number}"):
        number += 1
    return f"{name} {number}"
