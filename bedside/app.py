"""The web: every room's routes and pages, mounted, with what stands around all of them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from itertools import chain
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types import Message, Scope

from bedside import reactions
from bedside import settings as all_settings
from bedside.accounts import pages as accounts_pages
from bedside.accounts import public
from bedside.accounts import routes as accounts_routes
from bedside.accounts.authentication import Authentication
from bedside.accounts.cookies import ACCESS
from bedside.accounts.csrf import FormCheck, csrf_config
from bedside.accounts.gate import Gate
from bedside.accounts.permissions import Public, Requires, SignedInOnly
from bedside.analytics import pages as analytics_pages
from bedside.analytics import routes as analytics_routes
from bedside.campaigns import handlers as campaigns_handlers
from bedside.contracts import pages as contracts_pages
from bedside.contracts import routes as contracts_routes
from bedside.directory import pages as directory_pages
from bedside.directory import routes as directory_routes
from bedside.event_log import News, Tail
from bedside.feedback import pages as feedback_pages
from bedside.feedback import routes as feedback_routes
from bedside.follow_ups import pages as follow_ups_pages
from bedside.follow_ups import routes as follow_ups_routes
from bedside.kit import logs, migrating
from bedside.kit.database import Database
from bedside.kit.files import files_at
from bedside.kit.http.errors import handle_errors
from bedside.kit.http.link_visits import LinkVisits
from bedside.kit.http.openapi import Document, DocumentRouter
from bedside.kit.http.problems import Unavailable
from bedside.kit.http.request import StrictRequest
from bedside.kit.http.serving import Application, metrics
from bedside.kit.http.transaction import provide_transaction
from bedside.kit.realtime import Hub
from bedside.kit.sealing import install_sealing_key
from bedside.loyalty import pages as loyalty_pages
from bedside.loyalty import routes as loyalty_routes
from bedside.message_templates import pages as message_templates_pages
from bedside.message_templates import pages_builder as message_templates_pages_builder
from bedside.message_templates import routes as message_templates_routes
from bedside.messaging import pages as messaging_pages
from bedside.messaging import pages_approval as messaging_pages_approval
from bedside.messaging import pages_canned_answers as messaging_pages_canned_answers
from bedside.messaging import pages_contact_policies as messaging_contact_policies
from bedside.messaging import pages_explaining as messaging_explaining
from bedside.messaging import pages_inbox as messaging_pages_inbox
from bedside.messaging import pages_preferences as messaging_preferences
from bedside.messaging import pages_receipts as messaging_pages_receipts
from bedside.messaging import pages_suppressions as messaging_pages_suppressions
from bedside.messaging import pages_tracking as messaging_tracking_pages
from bedside.messaging import routes as messaging_routes
from bedside.messaging import routes_approval as messaging_routes_approval
from bedside.messaging import routes_attachments as messaging_routes_attachments
from bedside.messaging import routes_canned_answers as messaging_routes_canned_answers
from bedside.messaging import routes_conversations as messaging_routes_conversations
from bedside.messaging import routes_receipts as messaging_routes_receipts
from bedside.messaging import routes_suppressions as messaging_routes_suppressions
from bedside.messaging import routes_template_tests as messaging_routes_template_tests
from bedside.messaging import routes_tracking as messaging_routes_tracking
from bedside.messaging import webhooks as messaging_webhooks
from bedside.owner_relations import pages as owner_relations_pages
from bedside.owner_relations import routes as owner_relations_routes
from bedside.owners import pages as owners_pages
from bedside.owners import routes as owners_routes
from bedside.patient_access import pages as patient_access_pages
from bedside.patients import pages as patients_pages
from bedside.patients import pages_vaccinations as patients_pages_vaccinations
from bedside.patients import routes as patients_routes
from bedside.patients import routes_vaccinations as patients_routes_vaccinations
from bedside.payouts import pages as payouts_pages
from bedside.payouts import routes as payouts_routes
from bedside.portal import live, static_files
from bedside.portal.openapi_viewer import LocalSwaggerPlugin
from bedside.portal.problem_page import draw_problem
from bedside.portal.security_headers import add_security_headers
from bedside.portal.templating import template_config
from bedside.portal.visitors import Visitors
from bedside.reminders import pages as reminders_pages
from bedside.reminders import pages_emergencies as reminders_emergency_pages
from bedside.reminders import routes as reminders_routes
from bedside.reminders import routes_emergencies as reminders_emergencies
from bedside.scheduling import pages as scheduling_pages
from bedside.scheduling import routes as scheduling_routes
from bedside.settings import Settings

# Every room's handlers, room by room from the bottom of the house to its top.
ROOMS: dict[str, list[Any]] = {
    "accounts": [*accounts_routes.ROUTES, *accounts_pages.PAGES],
    "directory": [*directory_routes.ROUTES, *directory_pages.PAGES],
    "follow_ups": [*follow_ups_routes.ROUTES, *follow_ups_pages.PAGES],
    "patients": [
        *patients_routes.ROUTES,
        *patients_routes_vaccinations.VACCINATION_ROUTES,
        *patients_pages.PAGES,
        *patients_pages_vaccinations.VACCINATION_PAGES,
    ],
    "owners": [*owners_routes.ROUTES, *owners_pages.PAGES],
    "message_templates": [
        *message_templates_routes.ROUTES,
        *message_templates_pages.PAGES,
        *message_templates_pages_builder.BUILDER_PAGES,
    ],
    "scheduling": [*scheduling_routes.ROUTES, *scheduling_pages.PAGES],
    "messaging": [
        *messaging_routes.ROUTES,
        *messaging_routes_conversations.ROUTES,
        *messaging_routes_approval.APPROVAL_ROUTES,
        *messaging_pages_approval.APPROVAL_PAGES,
        *messaging_routes_attachments.ROUTES,
        *messaging_routes_canned_answers.ROUTES,
        *messaging_routes_receipts.ROUTES,
        *messaging_routes_suppressions.ROUTES,
        *messaging_routes_template_tests.TEMPLATE_TESTS,
        *messaging_pages_receipts.RECEIPT_PAGES,
        *messaging_routes_tracking.TRACKING_ROUTES,
        *messaging_tracking_pages.TRACKING_PAGES,
        *messaging_pages_canned_answers.PAGES,
        *messaging_pages.PAGES,
        *messaging_pages_inbox.PAGES,
        *messaging_explaining.EXPLAINING_PAGES,
        *messaging_preferences.PREFERENCE_PAGES,
        *messaging_pages_suppressions.PAGES,
        *messaging_contact_policies.PAGES,
        *messaging_webhooks.WEBHOOKS,
    ],
    "contracts": [*contracts_routes.ROUTES, *contracts_pages.PAGES],
    "owner_relations": [*owner_relations_routes.ROUTES, *owner_relations_pages.PAGES],
    "payouts": [*payouts_routes.ROUTES, *payouts_pages.PAGES],
    "reminders": [
        *reminders_routes.ROUTES,
        *reminders_pages.PAGES,
        *reminders_emergencies.EMERGENCY_ROUTES,
        *reminders_emergency_pages.EMERGENCY_PAGES,
    ],
    "patient_access": [*patient_access_pages.PAGES],
    "feedback": [*feedback_routes.ROUTES, *feedback_pages.PAGES],
    "loyalty": [*loyalty_routes.ROUTES, *loyalty_pages.PAGES],
    "campaigns": campaigns_handlers.HANDLERS,
    "analytics": [*analytics_routes.ROUTES, *analytics_pages.PAGES],
}

STATIC = (static_files.static_file, static_files.favicon)
LARGEST_BODY = 1_000_000  # bytes
# What machines of others ask for by the thousand, from few addresses: tracked links and pictures, attachments that a
# provider fetches, and unsubscribing by one click, which is never refused.
NOT_COUNTED = ("/t/", "/attachments/", "/u/")

TAGS = [
    Tag("Signing in", "Tokens, and one's own profile."),
    Tag("Patients", "Who is cared for: profiles, consents, search."),
    Tag("Appointments", "Booking, moving, cancelling, availability."),
    Tag("Reminders", "What goes out before a visit, and when."),
    Tag("Emergency notifications", "Everybody with a visit told at once, and who got it."),
    Tag("Messages", "What was sent and received, on every channel."),
    Tag("Templates", "The library of texts."),
    Tag("Feedback", "What patients say of their visits, how they are asked, and what is done about it."),
    Tag("Owners", "Who owns a hospital or shares in its revenue: profiles, contacts, how they are paid, documents."),
    Tag("Contracts", "What was agreed with owners: versions of terms, signatures, documents."),
    Tag("Revenue", "What hospitals earned, entry by entry."),
    Tag("Payouts", "What owners are owed and were paid: runs, approval, statements, files for the bank, the journal."),
    Tag("Owner communications", "What was said to owners and by them, and which notices go to whom."),
    Tag("Owner satisfaction", "Ratings and surveys of owners."),
    Tag("Loyalty", "Points, tiers, the program in versions; rewards, vouchers, friends who bring friends."),
    Tag("Campaigns", "News to many: launched, paused, followed, person by person."),
    Tag("Audiences", "Whom campaigns are for: rules, counts by channel, lists."),
    Tag("Directory", "Hospitals, departments, practitioners, services, rooms."),
    Tag("Follow-ups", "Notes, tags, custom fields and staff tasks."),
    Tag("Analytics", "The numbers of the dashboard."),
    Tag("Staff", "Who works here, and what they may do."),
    Tag("API keys", "Keys of machines."),
    Tag("Audit", "Who did what."),
    Tag("Webhooks", "What providers call."),
]


@get("/healthz", guards=[public("asked by load balancers")], include_in_schema=False, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Whether the process serves."""
    return {"status": "ok"}


@get("/readyz", guards=[public("asked by load balancers")], include_in_schema=False)
async def readyz(state: State) -> dict[str, str]:
    """Whether it can do its work: the database answers and has the shape that the code expects. Else 503."""
    try:
        applied = await asyncio.to_thread(migrating.applied, state.database.url)
    except migrating.DatabaseUnfit as unfit:
        raise Unavailable(str(unfit), headers={"Retry-After": "2"}) from None
    if missing := [name for name in migrating.names() if name not in applied]:
        raise Unavailable(f"The database lacks {', '.join(missing)}.", next_step="Run `bedside migrate up`.")
    return {"status": "ok"}


@get("/metrics", guards=[public("scraped by Prometheus; counts only")], include_in_schema=False, sync_to_thread=False)
def show_metrics() -> Response[bytes]:
    """Counts and times of this process."""
    body, media_type = metrics()
    return Response(body, media_type=media_type)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Litestar:
    """The application for these settings (else the environment's), on this database (else the one they name).

    Raises SettingsError where no database is named, TypeError for a handler that does not say who may call it.
    """
    settings = settings or all_settings.read()
    return set_up(build_app(settings), settings, database)


async def _before_request(request: Request[Any, Any, Any]) -> None:
    visits: LinkVisits = request.app.state.link_visits
    visits.before_request(request)
    visitors: Visitors = request.app.state.visitors
    await visitors.before_request(request)


async def _count_failures(message: Message, scope: Scope) -> None:
    visits: LinkVisits = scope["litestar_app"].state.link_visits
    visits.before_send(message, scope)


def build_app(settings: Settings) -> Litestar:
    """The application with its routes, which knows no database yet: what a request needs it finds in the state.

    Of the settings it takes the secret key and the public address. Raises TypeError as `create_app` does.
    """
    key = all_settings.secret_key(settings)
    secure = settings.public_url.startswith("https://")
    app = Application(
        route_handlers=[healthz, readyz, show_metrics, live.live, *STATIC, *chain.from_iterable(ROOMS.values())],
        dependencies={"tx": Provide(provide_transaction)},
        lifespan=[_running],
        request_class=StrictRequest,
        request_max_body_size=LARGEST_BODY,
        exception_handlers={Exception: handle_errors(draw_problem)},
        middleware=[
            DefineMiddleware(FormCheck, config=csrf_config(secret_key=key, secure=secure)),
            DefineMiddleware(Authentication, public_url=settings.public_url),
        ],
        before_request=_before_request,
        before_send=[add_security_headers, _count_failures],
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1000, gzip_compress_level=4, exclude=["^/static/", "^/favicon", "^/files/"]
        ),
        template_config=template_config(
            lambda request: request.app.state.visitors.visitor_of(request),
            now=lambda: app.state.database.clock.now(),
        ),
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )
    _check_guards(app)
    return app


def set_up(app: Litestar, settings: Settings, database: Database | None = None) -> Litestar:
    """Gives the application what its requests stand on, before it serves. Raises SettingsError without a database."""
    owns_database = database is None
    if database is None:
        if settings.database_url is None:
            raise all_settings.SettingsError("BEDSIDE_DATABASE_URL is not set. `bedside run` starts a database.")
        database = Database(settings.database_url, pool_size=settings.database_pool_size)
    logs.configure(settings.log_format)
    key = all_settings.secret_key(settings)
    install_sealing_key(key)
    app.state = State(
        {
            "settings": settings, "secret_key": key, "database": database, "gate": Gate(database, secret_key=key),
            "visitors": Visitors(database), "files": files_at(settings.data / "files", settings.files_url),
            "link_visits": LinkVisits(database.clock.now, but=NOT_COUNTED),
            "tail": Tail(database), "hub": Hub[live.Told](), "owns_database": owns_database,
        }
    )  # fmt: skip
    return app


@asynccontextmanager
async def _running(app: Litestar) -> AsyncGenerator[None]:
    """What is there while the application serves: the database, and the tail of the event log."""
    state = app.state
    database: Database = state.database
    gate: Gate = state.gate
    visitors: Visitors = state.visitors
    tail: Tail = state.tail
    hub: Hub[live.Told] = state.hub

    def give(news: list[News]) -> None:
        for item in news:
            gate.revocations.notice(item.happening)
            visitors.notice(item.happening)
        hub.publish(live.told(news))

    reactions.install(public_url=state.settings.public_url)
    await database.open()
    try:
        await tail.read()  # finds the present first, so that nothing falls between what is loaded and what is tailed
        await gate.open()
        await visitors.load()
        reading = asyncio.create_task(tail.run(give))
        try:
            yield
        finally:
            hub.end()
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
    finally:
        if state.owns_database:
            await database.close()


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Bedside",
        version="1",
        description="Relationship management for hospitals. Sign in at /api/auth/login and send the access token as a "
        "bearer token. Errors are problem details (RFC 9457). Lists are paged by `cursor`; a POST that creates takes "
        "an `Idempotency-Key`; rows that people edit have an ETag for `If-Match`.",
        use_handler_docstrings=True,
        tags=TAGS,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="An access token, or an API key (`bk_...`)."
                ),
                "cookie": SecurityScheme(
                    type="apiKey", security_scheme_in="cookie", name=ACCESS,
                    description="The portal's; what changes something carries `x-csrftoken` too.",
                ),
            }
        ),
        render_plugins=[LocalSwaggerPlugin(), Document()],
        openapi_router=DocumentRouter(
            "/api", route_handlers=[], include_in_schema=False, guards=[public("what the API is")]
        ),
    )  # fmt: skip


def _check_guards(app: Litestar) -> None:
    """Raises TypeError for a handler that does not say, exactly once, who may call it."""
    for route in app.routes:
        for handler in {id(each): each for each in _handlers_of(route)}.values():
            said = [guard for guard in handler.resolve_guards() if isinstance(guard, Requires | SignedInOnly | Public)]
            if len(said) != 1:
                raise TypeError(
                    f"{handler} at {route.path} has {len(said)} of requires(), signed_in(), public(); it needs one."
                )


def _handlers_of(route: Any) -> list[Any]:
    """The handlers of a route, but for the OPTIONS that Litestar answers by itself, which tell no more than a 405."""
    if not hasattr(route, "route_handlers"):
        return [route.route_handler]
    return [handler for handler in route.route_handlers if handler.http_methods != {"OPTIONS"}]
