"""REST of a template's versions: what changed between two, and an earlier one's words made the newest again."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.http.conditional import check_version, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import library
from bedside.message_templates.comparing import Difference, difference
from bedside.message_templates.model import TemplateVersion

Asked = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
TAGS = ["Templates"]


@get(
    "/api/templates/{template_id:int}/difference",
    guards=[requires(Permission.TEMPLATES_READ)],
    tags=TAGS,
    summary="What changed between two versions",
)
async def compare_versions(
    tx: Transaction,
    template_id: FromPath[Id],
    older: Annotated[Id, QueryParameter(name="from", description="The id of the earlier version.")],
    newer: Annotated[Id, QueryParameter(name="to", description="The id of the later version.")],
) -> Difference:
    """Word by word, field by field; 422 where the two are for different channels or languages."""
    before = await library.version(tx, template_id=template_id, version_id=older)
    return difference(before, await library.version(tx, template_id=template_id, version_id=newer))


@post(
    "/api/templates/{template_id:int}/versions/{version_id:int}/restore",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Make an earlier version's words the newest again",
    status_code=201,
)
async def restore_version(
    request: Asked, tx: Transaction, template_id: FromPath[Id], version_id: FromPath[Id]
) -> Response[Any]:
    """Adds them as the next version, so that nothing is lost. `If-Match` guards against another's version (412)."""

    async def restore() -> TemplateVersion:
        found = await library.template(tx, template_id=template_id)
        check_version(expected=expected_version(request), actual=found.version)
        made = await library.restore_version(tx, template_id=template_id, version_id=version_id, actor=request.user)
        after = {"channel": made.channel, "language": made.language, "number": made.number, "restored": version_id}
        await audit(
            tx, actor=request.user, action="restore version", subject="template", subject_id=template_id, after=after
        )
        return made

    return await once(request, tx, restore())


ROUTES = [compare_versions, restore_version]
