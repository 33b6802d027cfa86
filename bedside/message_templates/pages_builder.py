"""The builder of mail: blocks dragged onto a page, seen as a phone and a desk show it, kept as the next version."""

import json
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.message_templates import library, store
from bedside.message_templates.mail_check import advice
from bedside.message_templates.mjml import compiled
from bedside.message_templates.model import Channel, Purpose, Words
from bedside.message_templates.pages import LANGUAGES, MAIL_POLICY, Id
from bedside.message_templates.rendering import render_words
from bedside.message_templates.samples import sample_variables
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

    def words(self) -> Words:
        """The words of it; its plain text is made from the blocks."""
        return Words(subject=self.subject, body="", mjml=self.mjml)


@get("/templates/{template_id:int}/builder", guards=EDIT, include_in_schema=False)
async def builder_page(
    template_id: FromPath[Id],
    tx: Transaction,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "en",
) -> Template:
    """The mail of a template, to be put together."""
    one = await library.template(tx, template_id=template_id)
    written = await store.versions(tx, template_id=one.id)
    spoken = language if language in {known for known, _ in LANGUAGES} | {each.language for each in written} else "en"
    newest = next((each for each in written if each.channel is Channel.EMAIL and each.language == spoken), None)
    context = {
        "template": one,
        "language": spoken,
        "languages": LANGUAGES,
        "newest": newest,
        "right_to_left": spoken.startswith("ar"),
        "variables": json.dumps([name for name in known_variables() if name != "visits"]),
    }
    return Template(
        "message_templates/builder.html", context=context, headers={"Content-Security-Policy": BUILDER_POLICY}
    )


@post("/templates/{template_id:int}/builder/preview", guards=EDIT, status_code=200, include_in_schema=False)
async def preview_built(template_id: FromPath[Id], data: JSONBody[Built], tx: Transaction) -> Response[str]:
    """The mail as it would look to somebody as they might be, for the frame."""
    await library.template(tx, template_id=template_id)
    words = library.checked(data.words(), channel=Channel.EMAIL)
    variables = sample_variables(data.language)
    made = render_words(words, channel=Channel.EMAIL, language=data.language, variables=variables)
    return Response(made.html or "", media_type="text/html", headers={"Content-Security-Policy": MAIL_POLICY})


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
    said = advice(subject=data.subject, html=compiled(data.mjml), news=one.purpose is Purpose.MARKETING)
    return {"number": made.number, "advice": msgspec.to_builtins(said)}


BUILDER_PAGES = [builder_page, preview_built, save_built]
