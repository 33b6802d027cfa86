"""REST of practitioners' photos, and the address that they are served at."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, public, requires
from bedside.directory import store_practitioners as store
from bedside.directory.model import Practitioner
from bedside.directory.practitioners import hospitals_of, practitioner, set_photo
from bedside.kit.files import IMAGES, Files, headers_of
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction

LARGEST_PHOTO = 5_000_000  # bytes
# A form wraps the photo in its own lines, and whoever sends a little too much is told the limit by us.
LARGEST_BODY = LARGEST_PHOTO + 1_000_000

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


async def _theirs(tx: Transaction, practitioner_id: int, user: SignedIn) -> Practitioner:
    """The practitioner. Raises NotFound (404), Forbidden (403) for one of a hospital that is not the user's."""
    found = await practitioner(tx, practitioner_id)
    for hospital_id in await hospitals_of(tx, department_ids=found.department_ids):
        user.check_works_at(hospital_id)
    return found


def _files(request: Request[Any, Any, Any]) -> Files:
    files: Files = request.app.state.files
    return files


@put(
    "/api/practitioners/{practitioner_id:int}/photo",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    request_max_body_size=LARGEST_BODY,
    tags=["Directory"],
    summary="Set a practitioner's photo",
)
async def put_photo(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Practitioner]:
    """Takes the image itself as the body, or a form (`multipart/form-data`) with the field `photo`.

    PNG, JPEG, WebP or GIF of 5 MB at most, as its bytes say and whatever the header does; else 422 or 413. The answer's
    `photoFileId` is served at `/files/{photoFileId}`, for everybody: online booking shows it.
    """
    before = await _theirs(tx, practitioner_id, request.user)
    content: Any = request.stream()
    name = f"{before.last_name} photo"
    if request.content_type[0] == "multipart/form-data":
        upload = (await request.form()).get("photo")
        if not isinstance(upload, UploadFile):
            raise Invalid("The form has no file in its field photo.", pointer="/photo", next_step="Choose a file.")
        content = await upload.read()
    kept = await _files(request).keep(
        tx, name=name, content=content, accepted=IMAGES, largest=LARGEST_PHOTO, pointer="/photo"
    )
    changed = await set_photo(
        tx,
        practitioner_id=practitioner_id,
        file_id=kept.id,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@delete(
    "/api/practitioners/{practitioner_id:int}/photo",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    tags=["Directory"],
    summary="Take a practitioner's photo away",
)
async def delete_photo(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Practitioner]:
    """The photo is no longer served; where there is none, nothing happens."""
    await _theirs(tx, practitioner_id, request.user)
    changed = await set_photo(
        tx,
        practitioner_id=practitioner_id,
        file_id=None,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/files/{file_id:int}",
    guards=[public("practitioners' photos stand on public booking pages; every other file is a 404 here")],
    include_in_schema=False,
)
async def show_file(file_id: FromPath[Id], request: Request[Any, Any, Any], tx: Transaction) -> Response[Any]:
    """A practitioner's photo.

    The rule: a file is served here while it is the photo of a practitioner who is not archived, and then to everybody.
    A photo replaced or taken away, and any other file, is a 404: a room that keeps files for some people only serves
    them at an address of its own, under its own permission.
    """
    found = await _files(request).file(tx, file_id) if await store.is_photo(tx, file_id) else None
    if found is None:
        raise NotFound("There is no such file.", next_step="It may have been replaced: open the page again.")
    headers = headers_of(found, public=True)
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(
            None, status_code=304, headers={"etag": headers["etag"], "cache-control": headers["cache-control"]}
        )
    try:
        content = await _files(request).read(found)
    except FileNotFoundError:
        raise NotFound("The file's contents were lost.", next_step="Set the photo again.") from None
    return Stream(content, headers=headers, media_type=found.media_type)


ROUTES = [put_photo, delete_photo, show_file]
