"""SQL of the program's versions."""

from datetime import datetime
from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.loyalty.program_model import NewProgram, Program

_PROGRAM: LiteralString = """
select p.id, p.number, p.name, p.starts_at, p.time_zone, p.points_last_months, p.qualification_months, p.grace_days,
       p.warn_days, p.voucher_days, p.award_limits, p.hundred_points_minor, p.currency, p.withdrawn_at,
       p.created_by_name, p.created_at,
       (select jsonb_agg(jsonb_build_object('code', t.code, 'name', t.name, 'threshold', t.threshold,
                                            'benefits', t.benefits) order by t.position)
        from loyalty.tiers t where t.program_id = p.id) as tiers,
       (select coalesce(jsonb_object_agg(r.kind, r.points), '{}') from loyalty.earning_rules r
        where r.program_id = p.id) as rules
from loyalty.programs p
"""


async def in_force(tx: Tx, at: datetime) -> Program:
    """The version that holds at a moment; before the first began, the first."""
    return await tx.one(
        Program,
        _PROGRAM
        + """where p.withdrawn_at is null
             order by p.starts_at <= %(at)s desc, abs(extract(epoch from p.starts_at - %(at)s)) limit 1""",
        at=at,
    )


async def program(tx: Tx, program_id: int) -> Program | None:
    """One version."""
    return await tx.maybe(Program, _PROGRAM + "where p.id = %(id)s", id=program_id)


async def programs(tx: Tx) -> list[Program]:
    """Every version, those that were withdrawn too, the newest first."""
    return await tx.all(Program, _PROGRAM + "order by p.number desc")


async def insert(tx: Tx, new: NewProgram, *, starts_at: datetime, by: str) -> int | None:
    """Adds a version and gives its id; None where another begins at that very moment. Numbers have no gaps: versions
    are added one after the other."""
    await tx.execute("lock table loyalty.programs in share row exclusive mode")
    made: int | None = await tx.value(
        """insert into loyalty.programs (number, name, starts_at, time_zone, points_last_months, qualification_months,
               grace_days, warn_days, voucher_days, award_limits, hundred_points_minor, currency, created_by_name,
               created_at)
           values ((select coalesce(max(number), 0) + 1 from loyalty.programs), %(name)s, %(starts_at)s, %(time_zone)s,
                   %(points_last_months)s, %(qualification_months)s, %(grace_days)s, %(warn_days)s, %(voucher_days)s,
                   %(award_limits)s, %(hundred_points_minor)s, %(currency)s, %(by)s, %(now)s)
           on conflict (starts_at) where withdrawn_at is null do nothing returning id""",
        name=new.name,
        starts_at=starts_at,
        time_zone=new.time_zone,
        points_last_months=new.points_last_months,
        qualification_months=new.qualification_months,
        grace_days=new.grace_days,
        warn_days=new.warn_days,
        voucher_days=new.voucher_days,
        award_limits=Jsonb(new.award_limits),
        hundred_points_minor=new.hundred_points_minor,
        currency=new.currency,
        by=by,
    )
    if made is None:
        return None
    await tx.execute_many(
        """insert into loyalty.tiers (program_id, code, name, position, threshold, benefits)
           values (%(program)s, %(code)s, %(name)s, %(position)s, %(threshold)s, %(benefits)s)""",
        [msgspec.structs.asdict(tier) | {"program": made, "position": place} for place, tier in enumerate(new.tiers)],
    )
    if new.rules:
        await tx.execute_many(
            "insert into loyalty.earning_rules (program_id, kind, points) values (%(program)s, %(kind)s, %(points)s)",
            [{"program": made, "kind": kind, "points": points} for kind, points in new.rules.items()],
        )
    return made


async def withdraw(tx: Tx, program_id: int) -> bool:
    """Takes a version back that has not begun; False where it has."""
    return bool(
        await tx.execute(
            """update loyalty.programs set withdrawn_at = %(now)s
               where id = %(id)s and starts_at > %(now)s and withdrawn_at is null""",
            id=program_id,
        )
    )
