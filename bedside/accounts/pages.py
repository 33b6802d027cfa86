"""Pages of signing in and of one's own profile; staff, keys and audit stand in pages_settings.py."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from msgspec import Meta

from bedside.accounts import cookies, sessions, staff, store_sessions
from bedside.accounts.devices import device_of
from bedside.accounts.forms import Wrong, fields_of, read_as, told
from bedside.accounts.gate import Gate
from bedside.accounts.model import ProfileEdit
from bedside.accounts.pages_settings import PAGES as SETTINGS_PAGES
from bedside.accounts.permissions import Role, SignedIn, public, signed_in
from bedside.accounts.views import PasswordChange
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


def _secure(request: Request[Any, Any, Any]) -> bool:
    return str(request.app.state.settings.public_url).startswith("https://")


def _onward(address: str | None) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\", "/sign-")):
        return "/"
    return address if address.isprintable() and address.isascii() else "/"


def _door(*, next: str, email: str = "", problem: str = "", status_code: int = 200) -> Template:
    context = {"next": next, "email": email, "problem": problem}
    return Template("accounts/sign_in.html", context=context, status_code=status_code)


@get("/sign-in", guards=[public("the door")], include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any], next: FromQuery[str] = "/") -> Response[Any]:
    """The door; whoever is signed in already goes straight on."""
    if request.user is not None:
        return Redirect(_onward(next), status_code=303)
    return _door(next=_onward(next))


@post("/sign-in", guards=[public("the door")], status_code=200, include_in_schema=False)
async def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Signs in and goes where one wanted to; or shows the door again, with what was wrong."""
    gate: Gate = request.app.state.gate
    fields = await fields_of(request)
    onward = _onward(fields.get("next"))
    email = fields.get("email", "")
    try:
        grant = await gate.sign_in(
            email=email,
            password=fields.get("password", "")[:200],
            address=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
            remember=bool(fields.get("remember")),
        )
    except Problem as problem:
        words = f"{problem.detail} {problem.next_step or ''}"
        return _door(next=onward, email=email[:254], problem=words, status_code=problem.status)
    fresh = cookies.cookies_of(grant, secure=_secure(request), now=gate.database.clock.now())
    if onward == "/" and grant.user.role is Role.OWNER:
        onward = "/my"
    return Redirect(onward, status_code=303, cookies=fresh)


@post("/sign-out", guards=[public("whoever is signed out already may do it again")], include_in_schema=False)
async def sign_out(request: Request[Any, Any, Any]) -> Redirect:
    """Ends the sign-in and shows the door."""
    gate: Gate = request.app.state.gate
    user: SignedIn | None = request.user
    if user is not None and user.session_id is not None and user.id is not None:
        await gate.sign_out(session_id=user.session_id, staff_id=user.id, actor=user)
    return Redirect("/sign-in", status_code=303, cookies=cookies.cleared_cookies(secure=_secure(request)))


def _check_person(request: Person) -> None:
    if request.user.kind != "staff":
        raise NotFound("A key has no profile.", next_step="Sign in as a person.")


async def _profile(request: Person, tx: Transaction, **more: Any) -> dict[str, Any]:
    user = request.user
    is_staff = user.kind == "staff" and user.id is not None
    return {
        "member": await staff.staff_member(tx, user.id) if is_staff and user.id is not None else None,
        "sessions": await store_sessions.sessions_of(tx, user.id) if is_staff and user.id is not None else [],
        "own_session": user.session_id,
        "device_of": device_of,
        "errors": {},
        "done": "",
    } | more


@get("/profile", guards=[signed_in("one's own profile")], include_in_schema=False)
async def profile_page(request: Person, tx: Transaction) -> Template:
    """One's own name, language, password, and where one is signed in."""
    return Template("accounts/profile.html", context=await _profile(request, tx))


@post("/profile", guards=[signed_in("one's own profile")], status_code=200, include_in_schema=False)
async def edit_profile(request: Person, tx: Transaction) -> Template:
    """Changes one's own name and language. 404 for a machine."""
    _check_person(request)
    fields = await fields_of(request)
    try:
        edit = read_as(ProfileEdit, {"name": fields.get("name", ""), "language": fields.get("language", "en")})
    except Wrong as wrong:
        context = await _profile(request, tx, errors=wrong.errors)
        return Template("accounts/profile_name.html", context=context, status_code=422)
    await staff.edit_profile(tx, edit=edit, actor=request.user)
    return Template("accounts/profile_name.html", context=await _profile(request, tx, done="Your profile is saved."))


@post("/profile/password", guards=[signed_in("one's own password")], status_code=200, include_in_schema=False)
async def change_password(request: Person, tx: Transaction) -> Template:
    """Changes one's own password; signs out everywhere else. 404 for a machine."""
    _check_person(request)
    fields = await fields_of(request)
    try:
        given = read_as(PasswordChange, {name: fields.get(name, "") for name in ("present_password", "new_password")})
        async with tx.savepoint():
            ended = await staff.change_password(
                tx, actor=request.user, present=given.present_password, new=given.new_password
            )
    except Wrong as wrong:
        errors = wrong.errors
    except Problem as problem:
        errors = told(problem, ("present_password", "new_password", "password"))
        errors = {"new_password" if name in ("", "password") else name: words for name, words in errors.items()}
    else:
        gate: Gate = request.app.state.gate
        for id in ended:
            gate.revocations.end_session(id, at=tx.now)
        context = await _profile(request, tx, done="Your password is changed, and you are signed out everywhere else.")
        return Template("accounts/profile_password.html", context=context, headers={"HX-Trigger": "session"})
    context = await _profile(request, tx, errors=errors)
    return Template("accounts/profile_password.html", context=context, status_code=422)


@get("/profile/sessions", guards=[signed_in("one's own sign-ins")], include_in_schema=False)
async def sessions_region(request: Person, tx: Transaction) -> Template:
    """Where one is signed in."""
    return Template("accounts/profile_sessions.html", context=await _profile(request, tx))


@post(
    "/profile/sessions/{session_id:int}/end",
    guards=[signed_in("one's own sign-ins")],
    status_code=200,
    include_in_schema=False,
)
async def end_session(session_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Signs out elsewhere."""
    await sessions.end_own_session(tx, session_id=session_id, actor=request.user)
    context = {"title": "Signed out there", "text": "It can do nothing any more."}
    return Template("accounts/toast.html", context=context, headers={"HX-Trigger": "session"})


PAGES = [
    sign_in_page, sign_in, sign_out, profile_page, edit_profile, change_password, sessions_region, end_session,
    *SETTINGS_PAGES,
]  # fmt: skip
