"""The web: every room's routes and pages, mounted."""

from litestar import Litestar, get

from bedside.settings import Settings


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Whether the process serves."""
    return {"status": "ok"}


def create_app(settings: Settings) -> Litestar:
    """The application for these settings."""
    return Litestar([healthz])
