"""REST of payouts."""

from typing import Any

from bedside.payouts import routes_documents, routes_reports

ROUTES: list[Any] = [*routes_documents.ROUTES, *routes_reports.ROUTES]
