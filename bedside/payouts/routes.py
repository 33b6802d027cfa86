"""REST of payouts, of the revenue that they share, of the months they are made for, and of the papers about them."""

from typing import Any

from bedside.payouts import (
    routes_documents,
    routes_payouts,
    routes_periods,
    routes_reports,
    routes_revenue,
    routes_states,
)

ROUTES: list[Any] = [
    *routes_revenue.ROUTES,
    *routes_periods.ROUTES,
    *routes_payouts.ROUTES,
    *routes_states.ROUTES,
    *routes_documents.ROUTES,
    *routes_reports.ROUTES,
]
