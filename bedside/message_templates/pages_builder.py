"""The builder of mail: blocks dragged onto a page, seen as a phone and a desktop show it, kept as the next version."""

import json
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, audit_reading, requires
from bedside.directory import HOSPITAL_COOKIE, Hospital, hospital_chosen
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.message_templates import library, store
from bedside.message_templates.brand_words import in_html
from bedside.message_templates.brands import kit_at
from bedside.message_templates.mail_check import advice
from bedside.message_templates.mail_reading import reading_advice
from bedside.message_templates.mjml import compiled
from bedside.message_templates.model import Channel, Purpose, Words
from bedside.message_templates.model import Template as TemplateRow
from bedside.message_templates.pages import LANGUAGES, Id
from bedside.message_templates.pictures import gone
from bedside.message_templates.previewing import preview_variables
from bedside.message_templates.rendering import render_words
from bedside.message_templates.saving import known_variables

Person = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.TEMPLATES_EDIT)]
# the builder writes styles into its page, and shows pictures from where the hospital keeps them
BUILDER_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src * data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)


class Built(Wire, kw_only=True):
    """What stands in the builder."""

    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    subject: Annotated[str, Meta(max_length=500)]
    mjml: Annotated[str, Meta(max_length=200_000)]
    # whose eyes the preview is seen with; somebody made up where nobody is named
    patient_id: Id | None = None

    def words(self) -> Words:
        """The words of it; its plain text is made from the blocks."""
        return Words(subject=self.subject, body="", mjml=self.mjml)


async def _place(tx: Tx, request: Person) -> Hospital | None:
    """The hospital in view, in whose look the mail is built; None before there is one."""
    try:
        return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))
    except NotFound:
        return None


@get("/templates/{template_id:int}/builder", guards=EDIT, include_in_schema=False)
async def builder_page(
    template_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "en",
) -> Template:
    """The mail of a template, to be put together."""
    one = await library.template(tx, template_id=template_id)
    written = await store.versions(tx, template_id=one.id)
    spoken = language if language in {known for known, _ in LANGUAGES} | {each.language for each in written} else "en"
    newest = next((each for each in written if each.channel is Channel.EMAIL and each.language == spoken), None)
    place = await _place(tx, request)
    kit = await kit_at(tx, place.id if place else None)
    context = {
        "template": one,
        "place": place,
        "kit": json.dumps(
            in_html(kit, {"name": place.name, "address": place.address, "phone": place.phone} if place else {})
        ),
        "sees_patients": request.user.may(Permission.PATIENTS_READ),
        "language": spoken,
        "languages": LANGUAGES,
        "newest": newest,
        "right_to_left": spoken.startswith("ar"),
        "variables": json.dumps([name for name in known_variables() if name != "visits"]),
    }
    return Template(
        "message_templates/builder.html", context=context, headers={"Content-Security-Policy": BUILDER_POLICY}
    )


class Seen(Wire, kw_only=True):
    """A mail as somebody gets it, and what it should mend."""

    subject: str
    html: str
    text: str
    advice: list[str]


@post("/templates/{template_id:int}/builder/preview", guards=EDIT, status_code=200, include_in_schema=False)
async def preview_built(template_id: FromPath[Id], data: JSONBody[Built], request: Person, tx: Transaction) -> Seen:
    """The mail as the patient would get it, for those who may see patients; else as somebody made up."""
    one = await library.template(tx, template_id=template_id)
    return await _seen(tx, one, data, request)


async def _seen(tx: Tx, one: TemplateRow, data: Built, request: Person) -> Seen:
    words = library.checked(data.words(), channel=Channel.EMAIL)
    whom = data.patient_id if request.user.may(Permission.PATIENTS_READ) else None
    if whom is not None and await store.patient_variables(tx, patient_id=whom) is None:
        raise Invalid("There is no such patient.", pointer="/patientId", next_step="Choose one of the list.")
    if whom is not None:
        await audit_reading(tx, actor=request.user, patient_id=whom)
    place = await _place(tx, request)
    variables = await preview_variables(
        tx, language=data.language, patient_id=whom, variables={}, user=request.user,
        hospital_id=place.id if place else None,
    )  # fmt: skip
    made = render_words(words, channel=Channel.EMAIL, language=data.language, variables=variables)
    html = made.html or ""
    said = advice(subject=data.subject, html=compiled(data.mjml), news=one.purpose is Purpose.MARKETING)
    if await gone(tx, source=data.mjml):
        said.append("A picture was taken away since: press it, then “Choose a picture”.")
    said += reading_advice(html=html, text=made.body, language=data.language)
    return Seen(subject=made.subject or "", html=html, text=made.body, advice=said)


@post("/templates/{template_id:int}/builder", guards=EDIT, status_code=200, include_in_schema=False)
async def save_built(
    template_id: FromPath[Id], data: JSONBody[Built], request: Person, tx: Transaction
) -> dict[str, Any]:
    """Keeps the mail as the next version, and says what it should mend."""
    one = await library.template(tx, template_id=template_id)
    made = await library.add_version(
        tx, template_id=one.id, channel=Channel.EMAIL, language=data.language, words=data.words(), actor=request.user
    )
    after = {"channel": made.channel, "language": made.language, "number": made.number}
    await audit(tx, actor=request.user, action="add version", subject="template", subject_id=one.id, after=after)
    seen = await _seen(tx, one, msgspec.structs.replace(data, patient_id=None), request)
    return {"number": made.number, "advice": seen.advice}


BUILDER_PAGES = [builder_page, preview_built, save_built]
