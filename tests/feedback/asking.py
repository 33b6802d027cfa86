"""Bellevue's desk after some visits, with a patient who has something to say of them and a carrier of messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

import httpx
import pytest

from bedside.accounts import Role
from bedside.accounts.tokens import access_token
from bedside.event_log import SYSTEM
from bedside.feedback import Feedback, NewFeedback, give
from bedside.feedback.links import open_invitation
from bedside.feedback.tasks import send_due
from bedside.kit.database import Database
from bedside.messaging.providers.outcomes import Outgoing
from bedside.scheduling import check_in, complete, undo
from tests.reminders.conftest import House, bellevue, house
from tests.scheduling.conftest import MONDAY, at
from tests.web import SECRET_KEY, AsRole

__all__ = ["bellevue", "house"]

Answer = tuple[int, Any]


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """The desk of Bellevue General: what it does, and what its web answers."""

    house: House
    client: httpx.AsyncClient
    as_role: AsRole
    desk_id: int

    @property
    def desk(self) -> dict[str, str]:
        """Headers of the desk, signed in a moment ago whatever the clock says."""
        token = access_token(
            secret_key=SECRET_KEY, now=self.house.clock.now(), role=Role.FRONT_DESK, kind="staff", id=self.desk_id,
            name="Dana Desk",
        )  # fmt: skip
        return {"authorization": f"Bearer {token}"}

    @property
    def database(self) -> Database:
        """Where it all is kept."""
        return self.house.database

    @property
    def anna(self) -> int:
        """The patient."""
        return int(self.house.bellevue.anna)

    @property
    def hospital(self) -> int:
        """Bellevue General."""
        return int(self.house.bellevue.hospital)

    async def visit(self, starts_at: datetime | None = None, *, done: bool = True, patient: int | None = None) -> int:
        """A visit of Anna's to Dr. Smith, which took place unless said otherwise; the clock stands at its end then."""
        starts_at = starts_at or at(MONDAY)
        made = await self.house.book(starts_at, patient)
        if done:
            self.house.clock.set(max(self.house.clock.now(), starts_at + timedelta(minutes=30)))
            await self.complete(made.id)
        return made.id

    async def complete(self, visit: int) -> None:
        """The visit takes place."""
        async with self.database.transaction() as tx:
            await check_in(tx, appointment_id=visit, actor=self.house.bellevue.desk)
            await complete(tx, appointment_id=visit, actor=self.house.bellevue.desk)

    async def complete_again(self, visit: int) -> None:
        """The visit, which was undone to its arrival, took place after all."""
        async with self.database.transaction() as tx:
            await complete(tx, appointment_id=visit, actor=self.house.bellevue.desk)

    async def undo(self, visit: int) -> None:
        """The last step of a visit was a mistake."""
        async with self.database.transaction() as tx:
            await undo(tx, appointment_id=visit, actor=self.house.bellevue.desk)

    async def ask(self) -> list[Outgoing]:
        """One round of the due loop, and what the carriers took of it."""
        await send_due(self.database)
        return await self.house.deliver()

    async def invitation(self, visit: int) -> Any:
        """How it stands with asking about a visit; None where nobody is."""
        query = "select to_jsonb(i) from crm.feedback_invitations i where appointment_id = %(id)s"
        return await self.value(query, id=visit)

    async def rate(self, token: str, **said: Any) -> Feedback:
        """What the patient says by the link."""
        async with self.database.transaction() as tx:
            invitation = await open_invitation(tx, token)
            return await give(tx, new=NewFeedback(**said), source="link", actor=SYSTEM, invitation=invitation)

    async def give(self, **said: Any) -> Feedback:
        """What somebody says, written down by nobody in particular."""
        async with self.database.transaction() as tx:
            return await give(tx, new=NewFeedback(**said), source="api", actor=SYSTEM)

    async def post(self, path: str, body: Any, who: dict[str, str] | None = None, **headers: str) -> Answer:
        """Status and body of what the desk, or somebody else, posts."""
        return await self.send("POST", path, body, who, **headers)

    async def send(self, method: str, path: str, body: Any, who: dict[str, str] | None = None, **more: str) -> Answer:
        """The same with another method."""
        headers = (who or self.desk) | {name.replace("_", "-"): value for name, value in more.items()}
        answer = await self.client.request(method, path, json=body, headers=headers)
        return answer.status_code, answer.json()

    async def get(self, path: str, who: dict[str, str] | None = None) -> Answer:
        """Status and body of what somebody reads."""
        answer = await self.client.get(path, headers=who or self.desk)
        return answer.status_code, answer.json()

    async def say(self, body: Any, who: dict[str, str] | None = None, **headers: str) -> Answer:
        """What the desk writes down."""
        return await self.post("/api/patient-feedback", body, who, **headers)

    async def value(self, query: LiteralString, **parameters: Any) -> Any:
        """One value, read in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await tx.value(query, **parameters)

    async def execute(self, query: LiteralString, **parameters: Any) -> None:
        """One statement, committed."""
        async with self.database.transaction() as tx:
            await tx.execute(query, **parameters)

    async def policy(self, **changes: Any) -> None:
        """How Bellevue asks; what is not named is as the defaults say."""
        columns, marks = ", ".join(changes), ", ".join(f"%({name})s" for name in changes)
        async with self.database.transaction() as tx:
            await tx.execute("delete from crm.feedback_policies")
            await tx.execute(
                f"insert into crm.feedback_policies (hospital_id, {columns}) values (%(hospital)s, {marks})",
                hospital=self.hospital,
                **changes,
            )


def token_in(words: str) -> str:
    """What stands in the link of a message."""
    return words.partition("/f/")[2].split()[0]


@pytest.fixture
async def clinic(house: House, client: httpx.AsyncClient, as_role: AsRole) -> Clinic:
    """The desk, and nothing said yet."""
    await as_role("front_desk")
    async with house.database.transaction() as tx:
        desk_id = await tx.value("update crm.staff set name = 'Dana Desk' returning id")
    return Clinic(house=house, client=client, as_role=as_role, desk_id=desk_id)
