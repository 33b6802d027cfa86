"""SQL of approval: the limits, and who made, changed, submitted and approved of a campaign."""

from psycopg import sql

from bedside.campaigns.approval_model import Standing
from bedside.kit.database import Tx


async def limits(tx: Tx) -> dict[str, int]:
    """To how many people each role may write without another's approval."""
    return dict(await tx.rows("select role, people from communications.approval_limits order by role"))


async def set_limits(tx: Tx, *, limits: dict[str, int], by: str) -> None:
    """Sets them all: a role that is not named has none from now on."""
    await tx.execute("delete from communications.approval_limits where role <> all(%(roles)s)", roles=list(limits))
    await tx.execute_many(
        """insert into communications.approval_limits (role, people, set_by_name, set_at)
           values (%(role)s, %(people)s, %(by)s, %(now)s)
           on conflict (role) do update
               set people = excluded.people, set_by_name = excluded.set_by_name, set_at = excluded.set_at""",
        [{"role": role, "people": people, "by": by} for role, people in sorted(limits.items())],
    )


async def are_more_than(tx: Tx, number: int, *, named: sql.Composable, values: dict[str, object]) -> bool:
    """Whether more people are named than that, without counting them all."""
    query = sql.SQL("select count(*) > %(number)s from (select from ({}) named limit %(number)s::bigint + 1) counted")
    found: bool = await tx.value(query.format(named), **values, number=number)
    return found


async def standing(tx: Tx, campaign_id: int) -> Standing:
    """How a campaign stands to approval; what was approved of for another version of its audience is not."""
    return await tx.one(
        Standing,
        """select c.made_by, c.changed_by, c.changed_by_role, c.submitted_by,
                  c.approved_at is not null
                  and c.approved_audience_version is not distinct from
                      (select a.version from communications.audiences a where a.id = c.audience_id) as approved
           from communications.campaigns c where c.id = %(id)s""",
        id=campaign_id,
    )


async def made(tx: Tx, campaign_id: int, *, by: str) -> None:
    """Notes who made it."""
    await tx.execute("update communications.campaigns set made_by = %(by)s where id = %(id)s", id=campaign_id, by=by)


async def changed(tx: Tx, campaign_id: int, *, by: str, role: str) -> None:
    """Notes who changed it last. Whatever was approved of is that no more."""
    await tx.execute(
        """update communications.campaigns
           set changed_by = %(by)s, changed_by_role = %(role)s, approved_by_name = null, approved_at = null,
               approved_audience_version = null
           where id = %(id)s""",
        id=campaign_id,
        by=by,
        role=role,
    )


async def submit(tx: Tx, campaign_id: int, *, by: str) -> None:
    """It awaits approval from now on."""
    await tx.execute(
        """update communications.campaigns
           set status = 'awaiting_approval', submitted_by = %(by)s, submitted_at = %(now)s, because = '',
               approved_by_name = null, approved_at = null, approved_audience_version = null,
               scheduled_at = case when scheduled_at > %(now)s then scheduled_at end,
               updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        by=by,
    )


async def approve(tx: Tx, campaign_id: int, *, by_name: str) -> None:
    """It is approved of, for its audience as that is said now."""
    await tx.execute(
        """update communications.campaigns c
           set status = case when scheduled_at is null then 'draft' else 'scheduled' end,
               approved_by_name = %(by)s, approved_at = %(now)s,
               approved_audience_version =
                   (select a.version from communications.audiences a where a.id = c.audience_id),
               updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        by=by_name,
    )


async def keys_of_tasks(tx: Tx, campaign_id: int) -> list[str]:
    """The keys of the open tasks that ask for its approval."""
    rows = await tx.rows(
        "select key from crm.tasks where status = 'open' and key like %(like)s order by id",
        like=f"campaign-approval:{campaign_id}:%",
    )
    return [row[0] for row in rows]
