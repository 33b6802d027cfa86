"""SQL of what stands in the way of reaching many at once."""

from datetime import timedelta

from bedside.kit.database import Tx
from bedside.messaging.store_senders import BY_HAND


async def paused_senders(tx: Tx, *, hospital_id: int, beyond: timedelta) -> dict[str, str]:
    """Why nothing leaves by a channel for a while, by channel; of the sender that a hospital's messages go by."""
    rows = await tx.rows(
        """select channel, coalesce(paused_because, '') from (
               select distinct on (channel) channel, paused_until, paused_because
               from communications.senders
               where active and (hospital_id is null or hospital_id = %(hospital)s)
               order by channel, hospital_id nulls last,
                        -- a pause by hand holds all back; for an account in trouble another one stands in
                        paused_until > %(now)s + %(beyond)s and paused_until < """
        + BY_HAND
        + """ nulls first,
                        account, id) chosen
           where paused_until > %(now)s + %(beyond)s order by channel""",
        hospital=hospital_id,
        beyond=beyond,
    )
    return {row[0]: row[1] for row in rows}
