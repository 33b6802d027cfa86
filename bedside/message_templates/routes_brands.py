"""REST of how hospitals' mail looks, and of the pictures that it shows; and the address that those are served at."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, public, requires
from bedside.kit.files import Files, headers_of
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import brands, pictures
from bedside.message_templates.brand_model import Brand, BrandGiven
from bedside.message_templates.picture_model import LARGEST, Picture, PictureWords
from bedside.message_templates.store_pictures import PICTURES

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
TAGS = ["Templates"]
READ, EDIT = [requires(Permission.TEMPLATES_READ)], [requires(Permission.TEMPLATES_EDIT)]
# a form wraps the picture in lines of its own, and whoever sends a little too much is told the limit by us
LARGEST_BODY = LARGEST + 1_000_000


def files_of(request: Request[Any, Any, Any]) -> Files:
    """Where files are kept."""
    files: Files = request.app.state.files
    return files


@get("/api/hospitals/{hospital_id:int}/brand", guards=READ, tags=TAGS, summary="How a hospital's mail looks")
async def show_brand(hospital_id: FromPath[Id], tx: Transaction) -> Response[Brand]:
    """Logo, colours, font, and what stands at the foot. `contrasts` says how well it reads (WCAG AA asks for 4.5)."""
    found = await brands.brand_of(tx, hospital_id=hospital_id)
    return Response(found, headers={"ETag": etag(found.version)})


@put("/api/hospitals/{hospital_id:int}/brand", guards=EDIT, tags=TAGS, summary="Set how a hospital's mail looks")
async def put_brand(
    hospital_id: FromPath[Id], data: JSONBody[BrandGiven], request: Person, tx: Transaction
) -> Response[Brand]:
    """Puts this in place of what was; mail that is not yet sent has it. 412 where somebody else changed it since
    (`If-Match`)."""
    kept = await brands.set_brand(
        tx, hospital_id=hospital_id, given=data, expected_version=expected_version(request), actor=request.user
    )
    return Response(kept, headers={"ETag": etag(kept.version)})


@get("/api/pictures", guards=READ, tags=TAGS, summary="List pictures for mail")
async def list_pictures(
    tx: Transaction,
    q: Annotated[str | None, QueryParameter(max_length=200, description="A part of its name or words.")] = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Picture]:
    """Pictures by `sort` (createdAt, name; newest first)."""
    return await PICTURES.page(tx, filters={"search": q or None}, sort=sort, cursor=cursor, limit=limit)


@post(
    "/api/pictures",
    guards=EDIT,
    tags=TAGS,
    summary="Add a picture for mail",
    request_max_body_size=LARGEST_BODY,
)
async def add_picture(
    request: Person,
    tx: Transaction,
    name: Annotated[str, QueryParameter(name="name", max_length=300, description="Of one sent as the body.")] = "",
    words: Annotated[str, QueryParameter(name="words", max_length=300, description="What it says unseen.")] = "",
) -> Response[Any]:
    """Takes a form (`multipart/form-data`) with the fields `picture` and `words`, or the picture itself as the body.
    PNG, JPEG, GIF or WebP as its bytes say (422 `media-type-refused`), of 2 MB at most (413); no SVG, which may carry
    scripts. The same bytes a second time give the same picture."""
    content = await request.body()
    if request.content_type[0] == "multipart/form-data":
        form = await request.form()
        upload, said = form.get("picture"), form.get("words")
        if not isinstance(upload, UploadFile):
            raise Invalid("The form has no file in its field picture.", pointer="/picture", next_step="Choose a file.")
        name, content = upload.filename, await upload.read()
        words = said if isinstance(said, str) else words
    adding = pictures.add(tx, files=files_of(request), name=name, content=content, words=words, actor=request.user)
    return await once(request, tx, adding, headers=lambda made: {"Location": f"/api/pictures/{made.id}"})


@get("/api/pictures/{picture_id:int}", guards=READ, tags=TAGS, summary="One picture")
async def show_picture(picture_id: FromPath[Id], tx: Transaction) -> Picture:
    """One picture of the library."""
    return await pictures.picture(tx, picture_id=picture_id)


@patch("/api/pictures/{picture_id:int}", guards=EDIT, tags=TAGS, summary="Say what a picture shows")
async def describe_picture(
    picture_id: FromPath[Id], data: JSONBody[PictureWords], request: Person, tx: Transaction
) -> Picture:
    """What it says to those who do not see it, for mails that take it from now on."""
    return await pictures.describe(tx, picture_id=picture_id, words=data.words, actor=request.user)


@delete("/api/pictures/{picture_id:int}", guards=EDIT, tags=TAGS, summary="Take a picture away", status_code=204)
async def remove_picture(picture_id: FromPath[Id], request: Person, tx: Transaction) -> None:
    """409 `picture-in-use` while newest words of a template, or a hospital's logo, show it; `places` says which."""
    await pictures.take_away(tx, picture_id=picture_id, actor=request.user)


@get(
    "/pictures/{address:str}",
    guards=[public("mail programs fetch them; the address is drawn from the picture itself, so nobody guesses one")],
    include_in_schema=False,
)
async def serve_picture(address: FromPath[str], request: Request[Any, Any, Any], tx: Transaction) -> Response[Any]:
    """A picture as mail programs and browsers keep it for good: under one address it never changes."""
    found = await pictures.file_at(tx, files=files_of(request), address=address[:64].replace("\0", ""))
    if found is None:
        raise NotFound("There is no such picture.", next_step="It may have been taken away.")
    headers = headers_of(found, public=True) | {"cross-origin-resource-policy": "cross-origin"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(
            None, status_code=304, headers={"etag": headers["etag"], "cache-control": headers["cache-control"]}
        )
    try:
        content = await files_of(request).read(found)
    except FileNotFoundError:
        raise NotFound("The picture's contents were lost.", next_step="Add it again.") from None
    return Stream(content, headers=headers, media_type=found.media_type)


ROUTES = [
    show_brand, put_brand, list_pictures, add_picture, show_picture, describe_picture, remove_picture, serve_picture,
]  # fmt: skip
