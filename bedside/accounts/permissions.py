"""Who may do what. Each route names its permission on its own line; a route that names none is not mounted."""

from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from bedside.event_log import Actor
from bedside.kit.http.problems import Forbidden, Unauthenticated


class Permission(StrEnum):
    """What a route, a page, an event or a line of the navigation asks for."""

    DASHBOARD_READ = "dashboard:read"
    PATIENTS_READ = "patients:read"
    PATIENTS_EDIT = "patients:edit"
    # a clinician records what was given, without changing who the patient is
    VACCINATIONS_EDIT = "vaccinations:edit"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_BOOK = "appointments:book"
    APPOINTMENTS_OVERRIDE = "appointments:override"
    SCHEDULES_EDIT = "schedules:edit"
    DIRECTORY_READ = "directory:read"
    DIRECTORY_EDIT = "directory:edit"
    # of tasks those for their role that are about no patient; with follow_ups:read, all
    TASKS_READ = "tasks:read"
    # taking, ending and opening again those that one sees
    TASKS_END = "tasks:end"
    FOLLOW_UPS_READ = "follow_ups:read"
    FOLLOW_UPS_EDIT = "follow_ups:edit"
    MESSAGES_READ = "messages:read"
    MESSAGES_SEND = "messages:send"
    REMINDERS_READ = "reminders:read"
    REMINDERS_SEND = "reminders:send"
    REMINDER_POLICIES_EDIT = "reminder_policies:edit"
    # everybody with a visit is told at once, past quiet hours: for those who run the hospital alone
    EMERGENCIES_SEND = "emergencies:send"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_EDIT = "templates:edit"
    FEEDBACK_READ = "feedback:read"
    FEEDBACK_GIVE = "feedback:give"
    FEEDBACK_ANSWER = "feedback:answer"
    FEEDBACK_EDIT = "feedback:edit"
    FEEDBACK_REPORTS = "feedback:reports"
    LOYALTY_READ = "loyalty:read"
    LOYALTY_AWARD = "loyalty:award"
    LOYALTY_REDEEM = "loyalty:redeem"
    LOYALTY_EDIT = "loyalty:edit"
    LOYALTY_REPORTS = "loyalty:reports"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_EDIT = "campaigns:edit"
    CAMPAIGNS_SEND = "campaigns:send"
    # of others' campaigns, where their role needs it; and to how many each role may write without
    CAMPAIGNS_APPROVE = "campaigns:approve"
    OWNERS_READ = "owners:read"
    OWNERS_EDIT = "owners:edit"
    OWNER_SECRETS_READ = "owner_secrets:read"
    CONTRACTS_READ = "contracts:read"
    CONTRACTS_EDIT = "contracts:edit"
    OWNER_COMMUNICATIONS_READ = "owner_communications:read"
    OWNER_COMMUNICATIONS_SEND = "owner_communications:send"
    SATISFACTION_READ = "satisfaction:read"
    SATISFACTION_EDIT = "satisfaction:edit"
    REVENUE_READ = "revenue:read"
    REVENUE_EDIT = "revenue:edit"
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_EDIT = "payouts:edit"
    PAYOUTS_APPROVE = "payouts:approve"
    PAYOUTS_PAY = "payouts:pay"
    PAYOUTS_RECORD = "payouts:record"
    PERIODS_CLOSE = "periods:close"
    OWN_RECORD_READ = "own_record:read"
    STAFF_MANAGE = "staff:manage"
    API_KEYS_MANAGE = "api_keys:manage"
    AUDIT_READ = "audit:read"


class Role(StrEnum):
    """What somebody is employed as. `owner` sees own data only; `integration` is for machines."""

    ADMIN = "admin"
    FRONT_DESK = "front_desk"
    CLINICIAN = "clinician"
    MARKETING = "marketing"
    FINANCE = "finance"
    OWNER = "owner"
    INTEGRATION = "integration"


_P = Permission

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # an administrator is nobody's owner, so they have no own record
    Role.ADMIN: frozenset(Permission) - {_P.OWN_RECORD_READ},
    Role.FRONT_DESK: frozenset(
        {
            _P.DASHBOARD_READ, _P.PATIENTS_READ, _P.PATIENTS_EDIT, _P.VACCINATIONS_EDIT,
            _P.APPOINTMENTS_READ, _P.APPOINTMENTS_BOOK, _P.APPOINTMENTS_OVERRIDE, _P.SCHEDULES_EDIT,
            _P.DIRECTORY_READ, _P.TASKS_READ, _P.TASKS_END, _P.FOLLOW_UPS_READ, _P.FOLLOW_UPS_EDIT,
            _P.MESSAGES_READ, _P.MESSAGES_SEND, _P.REMINDERS_READ, _P.REMINDERS_SEND, _P.TEMPLATES_READ,
            _P.FEEDBACK_READ, _P.FEEDBACK_GIVE, _P.FEEDBACK_ANSWER, _P.FEEDBACK_REPORTS,
            _P.LOYALTY_READ, _P.LOYALTY_AWARD, _P.LOYALTY_REDEEM,
        }
    ),
    Role.CLINICIAN: frozenset(
        {
            _P.DASHBOARD_READ, _P.PATIENTS_READ, _P.VACCINATIONS_EDIT,
            _P.APPOINTMENTS_READ, _P.APPOINTMENTS_BOOK, _P.DIRECTORY_READ, _P.TASKS_READ, _P.TASKS_END,
            _P.FOLLOW_UPS_READ, _P.FOLLOW_UPS_EDIT, _P.MESSAGES_READ, _P.REMINDERS_READ,
            _P.FEEDBACK_READ, _P.FEEDBACK_REPORTS,
        }
    ),
    Role.MARKETING: frozenset(
        {
            _P.DASHBOARD_READ, _P.DIRECTORY_READ, _P.MESSAGES_READ, _P.TEMPLATES_READ, _P.TEMPLATES_EDIT,
            # numbers, the program and the questions; not which patient said or owns what
            _P.FEEDBACK_REPORTS, _P.FEEDBACK_EDIT, _P.LOYALTY_REPORTS, _P.LOYALTY_EDIT,
            # whom a campaign is for, by name: it is they who answer for who gets it
            _P.CAMPAIGNS_READ, _P.CAMPAIGNS_EDIT, _P.CAMPAIGNS_SEND,
            # what campaigns ask of marketing, not what is to be done for patients
            _P.TASKS_READ, _P.TASKS_END,
        }
    ),
    Role.FINANCE: frozenset(
        {
            _P.DASHBOARD_READ, _P.DIRECTORY_READ, _P.TASKS_READ, _P.TASKS_END, _P.FOLLOW_UPS_READ, _P.FOLLOW_UPS_EDIT,
            _P.TEMPLATES_READ,
            _P.OWNERS_READ, _P.OWNERS_EDIT, _P.OWNER_SECRETS_READ, _P.CONTRACTS_READ, _P.CONTRACTS_EDIT,
            _P.OWNER_COMMUNICATIONS_READ, _P.OWNER_COMMUNICATIONS_SEND, _P.SATISFACTION_READ, _P.SATISFACTION_EDIT,
            _P.REVENUE_READ, _P.REVENUE_EDIT, _P.PAYOUTS_READ, _P.PAYOUTS_EDIT, _P.PAYOUTS_APPROVE, _P.PAYOUTS_PAY,
            _P.PAYOUTS_RECORD, _P.PERIODS_CLOSE, _P.LOYALTY_REPORTS,
        }
    ),
    # what they see through OWN_RECORD_READ, and through routes that say `own=True`, is theirs alone
    Role.OWNER: frozenset({_P.OWN_RECORD_READ}),
    Role.INTEGRATION: frozenset(
        {
            _P.PATIENTS_READ, _P.PATIENTS_EDIT, _P.VACCINATIONS_EDIT,
            _P.APPOINTMENTS_READ, _P.APPOINTMENTS_BOOK, _P.DIRECTORY_READ,
            _P.MESSAGES_READ, _P.MESSAGES_SEND, _P.REMINDERS_READ, _P.REMINDERS_SEND, _P.TEMPLATES_READ,
            _P.OWNERS_READ, _P.REVENUE_READ, _P.REVENUE_EDIT,
            _P.FEEDBACK_READ, _P.FEEDBACK_GIVE, _P.LOYALTY_READ, _P.LOYALTY_AWARD, _P.LOYALTY_REDEEM,
        }
    ),
}  # fmt: skip


class SignedIn(Actor, frozen=True, kw_only=True):
    """A member of staff or a machine, as a request knows them (`request.user`). `hospital_ids` None: every hospital."""

    role: Role
    hospital_ids: frozenset[int] | None = None
    session_id: int | None = None
    language: str = "en"
    # whose data somebody with the role `owner` sees; None for everybody else
    owner_id: int | None = None
    # the link by which somebody came who has no password (`kind` "owner"); taken back, it ends what it opened
    link_id: int | None = None
    address: str | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What their role allows."""
        return PERMISSIONS[self.role]

    def may(self, permission: Permission | str) -> bool:
        """Whether their role allows it."""
        return permission in self.permissions

    def works_at(self, hospital_id: int | None) -> bool:
        """Whether what belongs to a hospital is theirs to see; what belongs to none is."""
        return self.hospital_ids is None or hospital_id is None or hospital_id in self.hospital_ids

    def check_works_at(self, hospital_id: int | None) -> None:
        """Raises Forbidden (403) where they do not work at the hospital."""
        if not self.works_at(hospital_id):
            raise Forbidden(
                "This belongs to a hospital that you do not work at.",
                next_step="Ask an administrator to add you there.",
            )

    @property
    def hospitals(self) -> list[int] | None:
        """Their hospitals as a query takes them: a list, or None for every one."""
        return None if self.hospital_ids is None else sorted(self.hospital_ids)


def user_of(connection: ASGIConnection[Any, Any, Any, Any]) -> SignedIn:
    """Who is signed in. Raises Unauthenticated (401), with what is wrong with the token where one was sent."""
    user: SignedIn | None = connection.scope.get("user")
    if user is None:
        fault = connection.scope.get("auth")
        if isinstance(fault, Unauthenticated):
            raise fault
        raise Unauthenticated(
            "Nobody is signed in.",
            next_step="Sign in, or send a bearer token.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return user


class Requires:
    """A guard: signed in, and allowed. The test of every route as every role reads `permission` from here.

    `own`: somebody with the role `owner` may too, where the `owner_id` in the path is theirs.
    (Guards are coroutines since Litestar runs others in a thread each.)
    """

    def __init__(self, permission: Permission, *, own: bool = False) -> None:
        self.permission = permission
        self.own = own

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Raises Unauthenticated (401) or Forbidden (403)."""
        user = user_of(connection)
        if self.own and user.role is Role.OWNER and user.owner_id is not None:
            if connection.path_params.get("owner_id") == user.owner_id:
                return
            raise Forbidden("This belongs to another owner.", next_step="Look at your own pages.")
        if not user.may(self.permission):
            raise Forbidden(
                f"The role {user.role} may not do this ({self.permission}).",
                next_step="Ask an administrator for a role that may.",
            )


class SignedInOnly:
    """A guard: signed in is enough, whatever the role (one's own profile, signing out). Says why."""

    permission = None

    def __init__(self, why: str) -> None:
        self.why = why

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Raises Unauthenticated (401)."""
        user_of(connection)


class Public:
    """A guard that lets everybody in, and says why: the only way for a route to be open."""

    permission = None
    is_public = True

    def __init__(self, why: str) -> None:
        self.why = why

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Lets everybody in."""


def requires(permission: Permission, *, own: bool = False) -> Requires:
    """`guards=[requires(Permission.PATIENTS_READ)]`, on the route's own line. `own`: an owner may, for themselves."""
    return Requires(permission, own=own)


def signed_in(why: str) -> SignedInOnly:
    """`guards=[signed_in("one's own profile")]`."""
    return SignedInOnly(why)


def public(why: str) -> Public:
    """`guards=[public("signed by the provider")]`."""
    return Public(why)
