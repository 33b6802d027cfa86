"""SQL of what visits are assumed to be worth that campaigns' people book."""

from bedside.campaigns.money_model import Value
from bedside.kit.database import Tx


async def keep(tx: Tx, campaign_id: int, *, minor: int, currency: str, exponent: int, by: str) -> None:
    """Keeps what somebody says, in the place of what was said before."""
    await tx.execute(
        """insert into communications.campaign_values (campaign_id, amount_minor, currency, exponent, said_by_name,
                                                       said_at)
           values (%(id)s, %(minor)s, %(currency)s, %(exponent)s, %(by)s, %(now)s)
           on conflict (campaign_id) do update
               set amount_minor = excluded.amount_minor, currency = excluded.currency, exponent = excluded.exponent,
                   said_by_name = excluded.said_by_name, said_at = excluded.said_at, source = 'campaign'""",
        id=campaign_id,
        minor=minor,
        currency=currency,
        exponent=exponent,
        by=by,
    )


async def take_the_hospitals(tx: Tx, campaign_id: int, *, hospital_id: int | None) -> None:
    """Keeps what the hospital's settings say; for the whole group (`hospital_id` None) what all of them say, and
    nothing where they differ."""
    await tx.execute(
        """insert into communications.campaign_values (campaign_id, amount_minor, currency, exponent, said_by_name,
                                                       said_at, source)
           select %(id)s, min(visit_worth_minor), min(currency), min(visit_worth_exponent),
                  case count(*) when 1 then min(name) else 'Every hospital' end, %(now)s, 'hospital'
           from crm.hospitals
           where case when %(hospital)s::bigint is null then archived_at is null else id = %(hospital)s end
           having count(distinct (visit_worth_minor, currency)) = 1 and count(visit_worth_minor) = count(*)""",
        id=campaign_id,
        hospital=hospital_id,
    )


async def drop(tx: Tx, campaign_id: int) -> None:
    """Nothing is assumed any more."""
    await tx.execute("delete from communications.campaign_values where campaign_id = %(id)s", id=campaign_id)


async def values(tx: Tx, *, campaign_ids: list[int]) -> dict[int, Value]:
    """What is assumed, by campaign."""
    rows = await tx.rows(
        """select campaign_id, round(amount_minor / 10::numeric ^ exponent, exponent)::text, currency, said_by_name,
                  said_at, source
           from communications.campaign_values where campaign_id = any(%(ids)s::bigint[])""",
        ids=campaign_ids,
    )
    return {
        campaign_id: Value(amount=amount, currency=currency, said_by_name=name, said_at=at, source=source)
        for campaign_id, amount, currency, name, at, source in rows
    }
