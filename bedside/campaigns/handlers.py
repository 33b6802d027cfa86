"""Everything of this room that is reached over HTTP, for app to mount: one line a file."""

from typing import Any

from bedside.campaigns import (
    pages,
    pages_analytics,
    pages_audiences,
    pages_joining,
    pages_journeys,
    pages_listing,
    pages_lists,
    pages_money,
    pages_split,
    pages_words,
    routes,
    routes_analytics,
    routes_audiences,
    routes_exports,
    routes_journeys,
    routes_lists,
    routes_money,
    routes_split,
    routes_words,
)

HANDLERS: list[Any] = [
    *routes.ROUTES,
    *routes_exports.ROUTES,
    *routes_journeys.ROUTES,
    *routes_analytics.ROUTES,
    *routes_audiences.ROUTES,
    *routes_lists.ROUTES,
    *routes_words.ROUTES,
    *routes_money.ROUTES,
    *routes_split.ROUTES,
    *pages.PAGES,
    *pages_listing.LISTING_PAGES,
    *pages_analytics.ANALYTICS_PAGES,
    *pages_audiences.AUDIENCE_PAGES,
    *pages_journeys.JOURNEY_PAGES,
    *pages_lists.LIST_PAGES,
    *pages_words.WORD_PAGES,
    *pages_joining.JOIN_PAGES,
    *pages_split.SPLIT_PAGES,
    *pages_money.MONEY_PAGES,
]
