"""The tail gives every event, once each is enough, whatever the order in which transactions commit."""

from typing import ClassVar

import psycopg
import pytest

from bedside.event_log import Event, Tail, install_reactions, record
from bedside.event_log.recording import Reaction
from bedside.kit.database import Database


class DoorOpened(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "door.opened"
    subject: ClassVar[str] = "door"
    seen_with: ClassVar[str] = "appointments:read"

    door_id: int


async def test_what_commits_late_is_given_late_and_not_missed(database: Database) -> None:
    tail = Tail(database)
    assert await tail.read() == []
    async with database.transaction() as slow:
        await record(slow, DoorOpened(door_id=1))
        async with database.transaction() as quick:
            await record(quick, DoorOpened(door_id=2))
        # the second has committed, the first has not: its lower id is still to come
        assert [news.happening.subject_id for news in await tail.read()] == [2]
        assert await tail.read() == []
    assert [news.happening.subject_id for news in await tail.read()] == [1]
    assert await tail.read() == []


async def test_a_cursor_gives_again_what_came_after_it(database: Database) -> None:
    tail = Tail(database)
    await tail.read()
    async with database.transaction() as tx:
        await record(tx, DoorOpened(door_id=1))
    await tail.read()
    cursor = tail.mark
    async with database.transaction() as tx:
        await record(tx, DoorOpened(door_id=2))
    await tail.read()
    missed = tail.since(cursor)
    assert missed is not None
    assert 2 in [news.happening.subject_id for news in missed]
    assert tail.since(0) is None, "longer ago than it remembers: the page has to fetch everything"


async def test_an_event_that_was_rolled_back_is_never_given(database: Database) -> None:
    tail = Tail(database)
    await tail.read()
    try:
        async with database.transaction() as tx:
            await record(tx, DoorOpened(door_id=1))
            raise RuntimeError("the booking failed after all")
    except RuntimeError:
        pass
    assert await tail.read() == []


async def test_a_reaction_that_fails_takes_the_event_with_it(database: Database) -> None:
    async def fails(tx: object, event: Event, *, actor: object) -> None:
        raise RuntimeError("cannot plan the reminders")

    reactions: tuple[Reaction, ...] = (fails,)
    install_reactions({DoorOpened: reactions})
    try:
        async with database.transaction() as tx:
            await record(tx, DoorOpened(door_id=1))
    except RuntimeError:
        pass
    finally:
        install_reactions({})
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.event_log") == 0


async def test_the_log_refuses_to_be_changed(database: Database) -> None:
    async with database.transaction() as tx:
        await record(tx, DoorOpened(door_id=1))
    for statement in ("update crm.event_log set kind = 'x'", "delete from crm.event_log"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            async with database.transaction() as tx:
                await tx.connection.execute(statement)
