"""REST of hospitals, departments, rooms and equipment."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import store
from bedside.directory.departments import add_department, change_department, department
from bedside.directory.hospitals import add_hospital, change_hospital, hospital, opening_hours, set_opening_hours
from bedside.directory.model import (
    Department,
    DepartmentChanges,
    Hospital,
    HospitalChanges,
    Id,
    NewDepartment,
    NewHospital,
    NewResource,
    OpeningHours,
    Resource,
    ResourceChanges,
)
from bedside.directory.resources import add_resource, change_resource, resource
from bedside.directory.routes_photos import ROUTES as PHOTOS
from bedside.directory.routes_practitioners import ROUTES as PRACTITIONERS
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire

Person = Request[SignedIn, Any, Any]
TAGS = ["Directory"]
Words = Annotated[str | None, QueryParameter(max_length=200, description="A part of the name.")]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]


class Hours(Wire, kw_only=True):
    """A hospital's opening hours, in its own zone."""

    hours: Annotated[list[OpeningHours], Meta(max_length=50)]


def _answer(one: Any) -> Response[Any]:
    return Response(one, headers={"ETag": etag(one.version)})


@get("/api/hospitals", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="List hospitals")
async def list_hospitals(
    tx: Transaction,
    q: Words = None,
    archived: FromQuery[bool] = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Hospital]:
    """Every hospital of the group, by `sort` (name, id)."""
    filters = {"q": q, "archived": archived}
    return await store.HOSPITALS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/hospitals", guards=[requires(Permission.DIRECTORY_EDIT)], tags=TAGS, summary="Add a hospital")
async def create_hospital(data: JSONBody[NewHospital], request: Person, tx: Transaction) -> Response[Hospital]:
    """Adds a hospital. 422 for a time zone, currency, locale, country or phone that there is not; 409 for a slug in
    use."""
    return await once(
        request,
        tx,
        add_hospital(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/hospitals/{made.id}"},
    )


@get(
    "/api/hospitals/{hospital_id:int}", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="One hospital"
)
async def show_hospital(hospital_id: FromPath[Id], tx: Transaction) -> Response[Hospital]:
    """One hospital, with an ETag for changing it."""
    return _answer(await hospital(tx, hospital_id))


@patch(
    "/api/hospitals/{hospital_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Change a hospital",
)
async def edit_hospital(
    hospital_id: FromPath[Id], data: JSONBody[HospitalChanges], request: Person, tx: Transaction
) -> Response[Hospital]:
    """Changes what the body names; `archived` true puts it away, false brings it back. 403 where you do not work
    there, 412 where somebody else changed it since (`If-Match`)."""
    request.user.check_works_at(hospital_id)
    return _answer(
        await change_hospital(
            tx, hospital_id=hospital_id, changes=data, actor=request.user, expected_version=expected_version(request)
        )
    )


@get(
    "/api/hospitals/{hospital_id:int}/opening-hours",
    guards=[requires(Permission.DIRECTORY_READ)],
    tags=TAGS,
    summary="Opening hours",
)
async def show_opening_hours(hospital_id: FromPath[Id], tx: Transaction) -> Hours:
    """A hospital's opening hours by weekday (1 Monday to 7 Sunday), in its own zone."""
    await hospital(tx, hospital_id)
    return Hours(hours=await opening_hours(tx, hospital_id))


@put(
    "/api/hospitals/{hospital_id:int}/opening-hours",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Set opening hours",
)
async def replace_opening_hours(
    hospital_id: FromPath[Id], data: JSONBody[Hours], request: Person, tx: Transaction
) -> Hours:
    """Puts these hours in place of those before. 422 where two overlap, or one ends before it begins."""
    request.user.check_works_at(hospital_id)
    kept = await set_opening_hours(tx, hospital_id=hospital_id, hours=data.hours, actor=request.user)
    return Hours(hours=kept)


@get("/api/departments", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="List departments")
async def list_departments(
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    archived: FromQuery[bool] = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Department]:
    """Departments by `sort` (position, name, id)."""
    filters = {"q": q, "hospital_id": hospital_id, "archived": archived}
    return await store.DEPARTMENTS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/departments", guards=[requires(Permission.DIRECTORY_EDIT)], tags=TAGS, summary="Add a department")
async def create_department(data: JSONBody[NewDepartment], request: Person, tx: Transaction) -> Response[Department]:
    """Adds a department to a hospital. 404 for a hospital that there is not, 409 for a name that it has already."""
    request.user.check_works_at(data.hospital_id)
    return await once(
        request,
        tx,
        add_department(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/departments/{made.id}"},
    )


@get(
    "/api/departments/{department_id:int}",
    guards=[requires(Permission.DIRECTORY_READ)],
    tags=TAGS,
    summary="One department",
)
async def show_department(department_id: FromPath[Id], tx: Transaction) -> Response[Department]:
    """One department, with an ETag for changing it."""
    return _answer(await department(tx, department_id))


@patch(
    "/api/departments/{department_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Change a department",
)
async def edit_department(
    department_id: FromPath[Id], data: JSONBody[DepartmentChanges], request: Person, tx: Transaction
) -> Response[Department]:
    """Changes what the body names; `archived` true puts it away. 412 where somebody else changed it since."""
    request.user.check_works_at((await department(tx, department_id)).hospital_id)
    return _answer(
        await change_department(
            tx,
            department_id=department_id,
            changes=data,
            actor=request.user,
            expected_version=expected_version(request),
        )
    )


@get("/api/resources", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="List rooms and equipment")
async def list_resources(
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    kind: Annotated[str | None, QueryParameter(max_length=80)] = None,
    archived: FromQuery[bool] = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Resource]:
    """Rooms and equipment by `sort` (name, id). `kind` is what services ask for."""
    filters = {"q": q, "hospital_id": hospital_id, "kind": kind, "archived": archived}
    return await store.RESOURCES.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/resources", guards=[requires(Permission.DIRECTORY_EDIT)], tags=TAGS, summary="Add a room or equipment")
async def create_resource(data: JSONBody[NewResource], request: Person, tx: Transaction) -> Response[Resource]:
    """Adds a room or a piece of equipment. 404 for a hospital that there is not, 409 for a name that it has."""
    request.user.check_works_at(data.hospital_id)
    return await once(
        request,
        tx,
        add_resource(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/resources/{made.id}"},
    )


@get(
    "/api/resources/{resource_id:int}",
    guards=[requires(Permission.DIRECTORY_READ)],
    tags=TAGS,
    summary="One room or piece of equipment",
)
async def show_resource(resource_id: FromPath[Id], tx: Transaction) -> Response[Resource]:
    """One room or piece of equipment, with an ETag for changing it."""
    return _answer(await resource(tx, resource_id))


@patch(
    "/api/resources/{resource_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Change a room or equipment",
)
async def edit_resource(
    resource_id: FromPath[Id], data: JSONBody[ResourceChanges], request: Person, tx: Transaction
) -> Response[Resource]:
    """Changes what the body names; `archived` true puts it away. 412 where somebody else changed it since."""
    request.user.check_works_at((await resource(tx, resource_id)).hospital_id)
    return _answer(
        await change_resource(
            tx, resource_id=resource_id, changes=data, actor=request.user, expected_version=expected_version(request)
        )
    )


ROUTES: list[Any] = [
    list_hospitals, create_hospital, show_hospital, edit_hospital, show_opening_hours, replace_opening_hours,
    list_departments, create_department, show_department, edit_department,
    list_resources, create_resource, show_resource, edit_resource, *PRACTITIONERS, *PHOTOS,
]  # fmt: skip
