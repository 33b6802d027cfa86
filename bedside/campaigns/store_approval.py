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


async def newest_words(tx: Tx, said: list[tuple[str, str]]) -> dict[int, str]:
    """The newest version in each language of what these templates say by these channels, and its template's name."""
    rows = await tx.rows(
        """select distinct on (t.id, v.channel, v.language) v.id, t.name
           from unnest(%(keys)s::text[], %(channels)s::text[]) as said (key, channel)
           join communications.templates t on t.key = said.key
           join communications.template_versions v on v.template_id = t.id and v.channel = said.channel
           order by t.id, v.channel, v.language, v.number desc""",
        keys=[key for key, _ in said],
        channels=[channel for _, channel in said],
    )
    return dict(rows)


async def standing(tx: Tx, campaign_id: int) -> Standing:
    """How a campaign stands to approval."""
    return await tx.one(
        Standing,
        """select c.made_by, c.changed_by, c.changed_by_role, c.submitted_by, c.approved_at is not null as approved,
                  c.approved_at is not null and c.approved_audience_version is distinct from
                      (select a.version from communications.audiences a where a.id = c.audience_id) as audience_changed,
                  c.approved_people, c.approved_versions
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
               approved_audience_version = null, approved_people = null, approved_versions = null
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
               approved_people = null, approved_versions = null,
               scheduled_at = case when scheduled_at > %(now)s then scheduled_at end,
               updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        by=by,
    )


async def approve(tx: Tx, campaign_id: int, *, by_name: str, people: int, versions: list[int]) -> None:
    """It is approved of, for so many people of its audience as that is said now, and for these words of templates."""
    await tx.execute(
        """update communications.campaigns c
           set status = case when scheduled_at is null then 'draft' else 'scheduled' end,
               approved_by_name = %(by)s, approved_at = %(now)s,
               approved_audience_version =
                   (select a.version from communications.audiences a where a.id = c.audience_id),
               approved_people = %(people)s, approved_versions = %(versions)s,
               updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        by=by_name,
        people=people,
        versions=versions,
    )


async def launched(tx: Tx, campaign_id: int, *, role: str) -> None:
    """Somebody with this role launches it: where that has no limit, its words are theirs to answer for, and none of
    them needs approval any more."""
    await tx.execute(
        """update communications.campaigns set approved_versions = null
           where id = %(id)s and not exists (select from communications.approval_limits where role = %(role)s)""",
        id=campaign_id,
        role=role,
    )


async def approve_words(tx: Tx, campaign_id: int, *, by_name: str, versions: list[int]) -> None:
    """The new words of one that is under way are approved of."""
    await tx.execute(
        """update communications.campaigns
           set approved_by_name = %(by)s, approved_at = %(now)s, approved_versions = %(versions)s
           where id = %(id)s""",
        id=campaign_id,
        by=by_name,
        versions=versions,
    )


async def with_new_words(tx: Tx) -> list[int]:
    """Approved campaigns under way of whose templates somebody wrote new words since, locked; some of them may be words
    that the campaign does not say."""
    rows = await tx.rows(
        """select c.id from communications.campaigns c
           where c.status in ('sending', 'active') and c.approved_versions <> '{}'
             and exists (select from communications.template_versions a
                         join communications.template_versions v
                             on v.template_id = a.template_id and v.channel = a.channel and v.id > a.id
                         where a.id = any(c.approved_versions) and v.id <> all(c.approved_versions))
           order by c.id for update of c skip locked"""
    )
    return [row[0] for row in rows]


async def keys_of_tasks(tx: Tx, campaign_id: int) -> list[str]:
    """The keys of the open tasks that ask how it goes on: those that campaigns opened, not people."""
    rows = await tx.rows(
        """select key from crm.tasks
           where status = 'open' and subject = 'campaign' and subject_id = %(id)s and key like 'campaign-%%'
           order by id""",
        id=campaign_id,
    )
    return [row[0] for row in rows]
