"""Who asks in this room's stories."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.post_office import PostOffice
from tests.web import AsRole


@pytest.fixture
async def desk(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """The front desk's client."""
    headers = await as_role("front_desk")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session
