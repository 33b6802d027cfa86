"""REST of practitioners and services."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import store_practitioners
from bedside.directory.departments import add_service, change_service, service
from bedside.directory.model import (
    Id,
    NewPractitioner,
    NewService,
    Practitioner,
    PractitionerChanges,
    Service,
    ServiceChanges,
)
from bedside.directory.practitioners import (
    add_practitioner,
    change_practitioner,
    check_works_at_departments,
    practitioner,
)
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Directory"]
Words = Annotated[str | None, QueryParameter(max_length=200, description="A part of the name.")]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
DepartmentId = Annotated[Id | None, QueryParameter(name="departmentId")]


def _answer(one: Any) -> Response[Any]:
    return Response(one, headers={"ETag": etag(one.version)})


@get("/api/practitioners", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="List practitioners")
async def list_practitioners(
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    department_id: DepartmentId = None,
    archived: FromQuery[bool] = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Practitioner]:
    """Practitioners by `sort` (name, id)."""
    filters = {"q": q, "hospital_id": hospital_id, "department_id": department_id, "archived": archived}
    return await store_practitioners.PRACTITIONERS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/practitioners", guards=[requires(Permission.DIRECTORY_EDIT)], tags=TAGS, summary="Add a practitioner")
async def create_practitioner(
    data: JSONBody[NewPractitioner], request: Person, tx: Transaction
) -> Response[Practitioner]:
    """Adds a practitioner with the departments they work for. 422 for a department or service that there is not."""
    await check_works_at_departments(tx, user=request.user, department_ids=data.department_ids)
    return await once(
        request,
        tx,
        add_practitioner(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/practitioners/{made.id}"},
    )


@get(
    "/api/practitioners/{practitioner_id:int}",
    guards=[requires(Permission.DIRECTORY_READ)],
    tags=TAGS,
    summary="One practitioner",
)
async def show_practitioner(practitioner_id: FromPath[Id], tx: Transaction) -> Response[Practitioner]:
    """One practitioner, with an ETag for changing them."""
    return _answer(await practitioner(tx, practitioner_id))


@patch(
    "/api/practitioners/{practitioner_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Change a practitioner",
)
async def edit_practitioner(
    practitioner_id: FromPath[Id], data: JSONBody[PractitionerChanges], request: Person, tx: Transaction
) -> Response[Practitioner]:
    """Changes what the body names; lists replace what was there. 403 where they work, before or after, at a hospital
    that is not yours; 412 where somebody else changed them since."""
    before = await practitioner(tx, practitioner_id)
    after = data.department_ids if isinstance(data.department_ids, list) else []
    await check_works_at_departments(tx, user=request.user, department_ids=before.department_ids + after)
    return _answer(
        await change_practitioner(
            tx,
            practitioner_id=practitioner_id,
            changes=data,
            actor=request.user,
            expected_version=expected_version(request),
        )
    )


@get("/api/services", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="List services")
async def list_services(
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    department_id: DepartmentId = None,
    archived: FromQuery[bool] = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Service]:
    """Services by `sort` (name, id)."""
    filters = {"q": q, "hospital_id": hospital_id, "department_id": department_id, "archived": archived}
    return await store_practitioners.SERVICES.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/services", guards=[requires(Permission.DIRECTORY_EDIT)], tags=TAGS, summary="Add a service")
async def create_service(data: JSONBody[NewService], request: Person, tx: Transaction) -> Response[Service]:
    """Adds a service to a department. 404 for a department that there is not, 409 for a name that it has."""
    await check_works_at_departments(tx, user=request.user, department_ids=[data.department_id])
    return await once(
        request,
        tx,
        add_service(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/services/{made.id}"},
    )


@get("/api/services/{service_id:int}", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="One service")
async def show_service(service_id: FromPath[Id], tx: Transaction) -> Response[Service]:
    """One service, with an ETag for changing it."""
    return _answer(await service(tx, service_id))


@patch(
    "/api/services/{service_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=TAGS,
    summary="Change a service",
)
async def edit_service(
    service_id: FromPath[Id], data: JSONBody[ServiceChanges], request: Person, tx: Transaction
) -> Response[Service]:
    """Changes what the body names; `archived` true puts it away. 412 where somebody else changed it since."""
    await check_works_at_departments(
        tx, user=request.user, department_ids=[(await service(tx, service_id)).department_id]
    )
    return _answer(
        await change_service(
            tx, service_id=service_id, changes=data, actor=request.user, expected_version=expected_version(request)
        )
    )


ROUTES: list[Any] = [
    list_practitioners, create_practitioner, show_practitioner, edit_practitioner,
    list_services, create_service, show_service, edit_service,
]  # fmt: skip
