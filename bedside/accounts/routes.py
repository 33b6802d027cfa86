"""REST of signing in, staff, keys and the audit log."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import api_keys, sessions, staff, store, store_sessions
from bedside.accounts.gate import Gate
from bedside.accounts.model import (
    ApiKey,
    NewApiKey,
    NewStaffMember,
    ProfileEdit,
    SessionShown,
    StaffEdit,
    StaffMember,
)
from bedside.accounts.permissions import Permission, Role, SignedIn, public, requires, signed_in
from bedside.accounts.routes_audit import ROUTES as AUDIT_ROUTES
from bedside.accounts.views import (
    AddedStaffMember,
    Login,
    MadeApiKey,
    PasswordChange,
    PasswordReset,
    RefreshToken,
    ResetPassword,
    SignedInView,
    SigningOut,
    TokensView,
    shown,
)
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, State]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


def _gate(request: Request[Any, Any, Any]) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


def _address(request: Request[Any, Any, Any]) -> str | None:
    return request.client.host if request.client else None


def _no_store(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(content, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})


@post(
    "/api/auth/login",
    guards=[public("signing in")],
    status_code=200,
    tags=["Signing in"],
    summary="Sign in",
)
async def login(data: JSONBody[Login], request: Request[Any, Any, State]) -> Response[TokensView]:
    """Takes an email address and a password; gives an access token of 15 minutes and a refresh token of 30 days.

    401 where they do not match (which of the two is not said), 429 with `Retry-After` after too many failures.
    """
    grant = await _gate(request).sign_in(
        email=data.email,
        password=data.password,
        address=_address(request),
        user_agent=request.headers.get("user-agent"),
    )
    return _no_store(TokensView.of(grant))


@post(
    "/api/auth/refresh",
    guards=[public("the refresh token says who it is")],
    status_code=200,
    tags=["Signing in"],
    summary="Get new tokens",
)
async def refresh(data: JSONBody[RefreshToken], request: Request[Any, Any, State]) -> Response[TokensView]:
    """Takes the refresh token given last; gives new tokens, and that one is used up.

    Sent again within 30 seconds it gives the same answer; later it ends the whole sign-in, since somebody must have
    copied it (401, type `token-revoked`).
    """
    return _no_store(TokensView.of(await _gate(request).refresh(data.refresh_token, address=_address(request))))


@post(
    "/api/auth/logout",
    guards=[public("whoever has the refresh token may end it")],
    status_code=204,
    tags=["Signing in"],
    summary="Sign out",
)
async def logout(request: Request[Any, Any, State], data: JSONBody[SigningOut | None] = None) -> None:
    """Ends the sign-in of the refresh token in the body, or else of the access token; its tokens hold no more."""
    user: SignedIn | None = request.user
    if data is not None and data.refresh_token:
        await _gate(request).sign_out_by(data.refresh_token)
    elif user is not None and user.session_id is not None and user.id is not None:
        await _gate(request).sign_out(session_id=user.session_id, staff_id=user.id, actor=user)


@get("/api/auth/me", guards=[signed_in("who one is")], tags=["Signing in"], summary="Who is signed in")
async def me(request: Person, tx: Transaction) -> SignedInView:
    """Who the token speaks for, their role, permissions and hospitals (null: every one)."""
    member = None
    if request.user.kind == "staff" and request.user.id is not None:
        member = await store.staff_member(tx, request.user.id)
    return shown(request.user, member.email if member else None)


@patch("/api/auth/me", guards=[signed_in("one's own profile")], tags=["Signing in"], summary="Edit one's own profile")
async def edit_me(data: JSONBody[ProfileEdit], request: Person, tx: Transaction) -> StaffMember:
    """Changes one's own name or language; shows from the next token on."""
    return await staff.edit_profile(tx, edit=data, actor=request.user)


@post(
    "/api/auth/password",
    guards=[signed_in("one's own password")],
    status_code=204,
    tags=["Signing in"],
    summary="Change one's own password",
)
async def change_password(data: JSONBody[PasswordChange], request: Person, tx: Transaction) -> None:
    """Takes the present and the new password (10 to 200 characters); signs out everywhere else."""
    await staff.change_password(tx, actor=request.user, present=data.present_password, new=data.new_password)


@get("/api/auth/sessions", guards=[signed_in("one's own sign-ins")], tags=["Signing in"], summary="One's own sign-ins")
async def own_sessions(request: Person, tx: Transaction) -> list[SessionShown]:
    """Where one is signed in, the one used last first."""
    if request.user.kind != "staff" or request.user.id is None:
        return []
    return await store_sessions.sessions_of(tx, request.user.id)


@delete(
    "/api/auth/sessions/{session_id:int}",
    guards=[signed_in("one's own sign-ins")],
    tags=["Signing in"],
    summary="Sign out elsewhere",
)
async def end_own_session(session_id: FromPath[Id], request: Person, tx: Transaction) -> None:
    """Ends one of one's own sign-ins, on a device left behind for example. 404 for anybody else's."""
    await sessions.end_own_session(tx, session_id=session_id, actor=request.user)


@get("/api/staff", guards=[requires(Permission.STAFF_MANAGE)], tags=["Staff"], summary="List staff")
async def list_staff(
    request: Person,
    tx: Transaction,
    role: FromQuery[Role | None] = None,
    active: FromQuery[bool | None] = None,
    hospital_id: Annotated[Id | None, QueryParameter(name="hospitalId")] = None,
    search: Annotated[str | None, QueryParameter(max_length=200)] = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[StaffMember]:
    """Staff, by `sort` (email, name, createdAt, id; `-` before it for descending), filtered by role, hospital, whether
    they are active, and a part of their name or address."""
    return await store.STAFF.page(
        tx,
        filters={
            "role": role,
            "active": active,
            "hospital_id": hospital_id,
            "search": search,
            "within": request.user.hospitals,
        },
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@post("/api/staff", guards=[requires(Permission.STAFF_MANAGE)], tags=["Staff"], summary="Add somebody")
async def add_staff(data: JSONBody[NewStaffMember], request: Person, tx: Transaction) -> Response[AddedStaffMember]:
    """Adds a member of staff. Without a password one is made and shown in the answer, this once. 422 for the role
    owner: an owner's sign-in is given on the owner's own record, by who may see it."""
    staff.check_works_here(data)
    return await once(
        request,
        tx,
        staff.add_staff(tx, new=data, actor=request.user),
        show=lambda made: AddedStaffMember(staff=made[0], password=made[1]),
        headers=lambda made: {"ETag": etag(made[0].version), "Location": f"/api/staff/{made[0].id}"},
    )


@get("/api/staff/{staff_id:int}", guards=[requires(Permission.STAFF_MANAGE)], tags=["Staff"], summary="One person")
async def show_staff(staff_id: FromPath[Id], request: Person, tx: Transaction) -> Response[StaffMember]:
    """One member of staff, with an ETag for editing."""
    found = await staff.staff_member(tx, staff_id, seen_by=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@patch("/api/staff/{staff_id:int}", guards=[requires(Permission.STAFF_MANAGE)], tags=["Staff"], summary="Edit somebody")
async def edit_staff(
    staff_id: FromPath[Id], data: JSONBody[StaffEdit], request: Person, tx: Transaction
) -> Response[StaffMember]:
    """Changes what the body names; `If-Match` refuses (412) where somebody else did meanwhile.

    A changed role or hospital holds at once: their access tokens are refused and a refresh gives new ones.
    """
    changed = await staff.edit_staff(
        tx, staff_id=staff_id, edit=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@post(
    "/api/staff/{staff_id:int}/deactivate",
    guards=[requires(Permission.STAFF_MANAGE)],
    status_code=200,
    tags=["Staff"],
    summary="Deactivate somebody",
)
async def deactivate_staff(staff_id: FromPath[Id], request: Person, tx: Transaction) -> Response[StaffMember]:
    """Ends somebody's access: signed out everywhere, within a second. What they did stays theirs."""
    changed = await staff.deactivate_staff(
        tx, staff_id=staff_id, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@post(
    "/api/staff/{staff_id:int}/reset-password",
    guards=[requires(Permission.STAFF_MANAGE)],
    status_code=200,
    tags=["Staff"],
    summary="Reset somebody's password",
)
async def reset_password(
    staff_id: FromPath[Id], request: Person, tx: Transaction, data: JSONBody[PasswordReset | None] = None
) -> Response[ResetPassword]:
    """Gives somebody a new password, shown this once, and signs them out everywhere."""
    new = await staff.reset_password_of(
        tx, staff_id=staff_id, actor=request.user, password=data.password if data else None
    )
    return _no_store(ResetPassword(password=new))


@get("/api/api-keys", guards=[requires(Permission.API_KEYS_MANAGE)], tags=["API keys"], summary="List API keys")
async def list_api_keys(
    request: Person, tx: Transaction, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 50
) -> Page[ApiKey]:
    """Machines' keys, the newest first, revoked ones too; never the keys themselves."""
    return await store.API_KEYS.page(tx, filters={"within": request.user.hospitals}, cursor=cursor, limit=limit)


@post("/api/api-keys", guards=[requires(Permission.API_KEYS_MANAGE)], tags=["API keys"], summary="Make an API key")
async def make_api_key(data: JSONBody[NewApiKey], request: Person, tx: Transaction) -> Response[MadeApiKey]:
    """Makes a key for a machine: send it as `Authorization: Bearer bk_...`. It is shown in this answer only."""
    made, key = await api_keys.make_api_key(tx, new=data, actor=request.user)
    return _no_store(MadeApiKey(api_key=made, key=key), status=201)


@delete(
    "/api/api-keys/{api_key_id:int}",
    guards=[requires(Permission.API_KEYS_MANAGE)],
    status_code=200,
    tags=["API keys"],
    summary="Revoke an API key",
)
async def revoke_api_key(api_key_id: FromPath[Id], request: Person, tx: Transaction) -> ApiKey:
    """Ends a key, within a second and for good."""
    return await api_keys.revoke_api_key(tx, api_key_id=api_key_id, actor=request.user)


ROUTES = [
    login, refresh, logout, me, edit_me, change_password, own_sessions, end_own_session,
    list_staff, add_staff, show_staff, edit_staff, deactivate_staff, reset_password,
    list_api_keys, make_api_key, revoke_api_key, *AUDIT_ROUTES,
]  # fmt: skip
