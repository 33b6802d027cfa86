"""The background work: every room's tasks."""

import asyncio

from bedside.settings import Settings


async def work(settings: Settings) -> None:
    """Works until cancelled."""
    await asyncio.Event().wait()
