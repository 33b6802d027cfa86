"""What the clock does: points expire, their patients are told in good time, tiers lapse after their grace, birthdays.

Each runs by the hour or the day, some accounts a transaction, and may run twice: what was done is not done again.
"""

from calendar import isleap
from datetime import timedelta

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Database
from bedside.loyalty import store_upkeep as store
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.awarding import award
from bedside.loyalty.events import PointsExpired, PointsExpiring
from bedside.loyalty.points import window_start
from bedside.loyalty.program import program_in_force
from bedside.loyalty.tiers import rank

AT_ONCE = 500  # accounts a transaction


async def expire(database: Database) -> None:
    """Writes down what has expired. Balances do not wait for it."""
    while True:
        async with database.transaction() as tx:
            whose = await store.with_expired(tx, limit=AT_ONCE)
            for one in await store.sweep(tx, whose):
                event = PointsExpired(loyalty_id=one.patient_id, patient_id=one.patient_id, points=one.points)
                await record(tx, event, actor=SYSTEM)
        if not whose:
            return


async def warn(database: Database) -> None:
    """Tells whose points expire within as many days as the program says, once for each lot."""
    while True:
        async with database.transaction() as tx:
            program = await program_in_force(tx)
            if not program.warn_days:
                return
            found = await store.to_warn(tx, until=tx.now + timedelta(days=program.warn_days), limit=AT_ONCE)
            for one in found:
                last_day = (one.expires_at - timedelta(microseconds=1)).astimezone(program.zone).date()
                event = PointsExpiring(
                    loyalty_id=one.patient_id, patient_id=one.patient_id, hospital_id=one.hospital_id,
                    points=one.points, on=last_day,
                )  # fmt: skip
                await record(tx, event, actor=SYSTEM)
        if not found:
            return


async def keep_tiers(database: Database) -> None:
    """Begins the grace of tiers that too little was earned for, and lowers those whose grace is over."""
    after = 0
    while True:
        async with database.transaction() as tx:
            program = await program_in_force(tx)
            above = program.tiers[1:]
            whose = await store.to_rank(
                tx,
                codes=[tier.code for tier in above],
                thresholds=[tier.threshold for tier in above],
                since=window_start(tx.now, months=program.qualification_months, zone=program.zone),
                after=after,
                limit=AT_ONCE,
            )
            for patient_id in whose:
                await rank(tx, account=await locked_account(tx, patient_id), program=program)
        if not whose:
            return
        after = whose[-1]


async def greet_birthdays(database: Database) -> None:
    """Awards the program's points to members whose birthday it is in its zone; of 29 February on the 28th."""
    after = 0
    while True:
        async with database.transaction() as tx:
            program = await program_in_force(tx)
            points = program.points_for("birthday")
            if not points:
                return
            today = tx.now.astimezone(program.zone).date()
            leap = (today.month, today.day) == (2, 28) and not isleap(today.year)
            found = await store.birthdays(tx, day=today, leap=leap, after=after, limit=AT_ONCE)
            for one in found:
                await award(
                    tx,
                    patient_id=one.patient_id,
                    points=points,
                    rule="birthday",
                    source=f"patient:{one.patient_id}:{today.year}",
                    hospital_id=one.hospital_id,
                    actor=SYSTEM,
                )
        if not found:
            return
        after = found[-1].patient_id
