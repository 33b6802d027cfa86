"""REST: the numbers of the dashboard."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.analytics.dashboard import dashboard
from bedside.analytics.experience import experience
from bedside.analytics.model import Dashboard
from bedside.analytics.owners import owner_figures
from bedside.directory import hospital_in_view
from bedside.kit.http.transaction import Transaction


@get(
    "/api/analytics/dashboard",
    guards=[requires(Permission.DASHBOARD_READ)],
    tags=["Analytics"],
    summary="The numbers of the dashboard",
)
async def read_dashboard(
    request: Request[SignedIn, Any, Any],
    tx: Transaction,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId", description="Of one hospital.")] = None,
) -> Dashboard:
    """Today's appointments by status, messages by state, pending reminders, no-show rate, what needs a person, how long
    people who wrote waited for a first answer today (`answers`); and of
    owners what you may see of payouts, contracts that end soon and satisfaction (`owners` null where you see none);
    and what patients say and redeem (`experience` null where you see none).

    Without `hospitalId` they are those of the first hospital that you work at. 403 for a hospital that is not yours.
    """
    hospital = await hospital_in_view(tx, user=request.user, wanted=hospital_id)
    found = await dashboard(tx, hospitals=[hospital.id], zone=hospital.zone, user=request.user)
    found.owners = await owner_figures(tx, user=request.user, zone=hospital.zone, hospitals=[hospital.id])
    found.experience = await experience(tx, user=request.user, hospitals=[hospital.id])
    return found


ROUTES = [read_dashboard]
