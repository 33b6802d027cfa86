"""Who looks at a page, made from who is signed in and the hospitals there are, which each process remembers."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Request

from bedside.accounts import SignedIn
from bedside.directory import hospitals
from bedside.event_log import Happening
from bedside.kit.database import Database
from bedside.portal.visitor import HospitalShown, Visitor

HOSPITAL_COOKIE = "bedside_hospital"
# Asked for again after this long, and at once when the directory changes.
KEPT = timedelta(seconds=30)

ROLES = {
    "admin": "Administrator", "front_desk": "Front desk", "clinician": "Clinician", "marketing": "Marketing",
    "finance": "Finance", "owner": "Owner", "integration": "Integration",
}  # fmt: skip


class Visitors:
    """Knows the hospitals, so that a template can be told of its visitor without a look at the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hospitals: tuple[HospitalShown, ...] = ()
        self._read_at: datetime | None = None

    async def load(self) -> None:
        """Reads the hospitals."""
        async with self._database.transaction() as tx:
            found = await hospitals(tx)
            self._read_at = tx.now
        self._hospitals = tuple(
            HospitalShown(id=one.id, name=one.name, time_zone=one.time_zone, currency=one.currency, locale=one.locale)
            for one in found
            if one.archived_at is None
        )

    def notice(self, happening: Happening) -> None:
        """Takes in an event of the log: a changed directory is read again before the next page."""
        if happening.kind.startswith("directory."):
            self._read_at = None

    async def before_request(self, request: Request[Any, Any, Any]) -> None:
        """Litestar's hook: a page shows hospitals that are not older than half a minute."""
        if request.scope["path"].startswith(("/api/", "/static/", "/webhooks/")):
            return
        if self._read_at is None or self._database.clock.now() - self._read_at > KEPT:
            await self.load()

    def visitor_of(self, request: Request[Any, Any, Any]) -> Visitor | None:
        """The visitor of a request; None where nobody is signed in. The cookie says which hospital they chose."""
        user: SignedIn | None = request.scope.get("user")
        if user is None:
            return None
        theirs = tuple(one for one in self._hospitals if user.works_at(one.id))
        chosen = request.cookies.get(HOSPITAL_COOKIE, "")
        shown = next((one for one in theirs if str(one.id) == chosen), theirs[0] if theirs else None)
        return Visitor(
            name=user.name,
            role=ROLES.get(user.role, user.role),
            permissions=frozenset(map(str, user.permissions)),
            hospital=shown,
            hospitals=theirs,
        )
