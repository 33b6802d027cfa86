"""SQL that lets go of holds that nobody took."""

from bedside.kit.database import Tx


async def clear_old_holds(tx: Tx) -> int:
    """Lets go of every hold that has run out; gives the number of rooms and devices that this frees."""
    return await tx.execute(
        """with old as (
             select id from crm.appointments where status = 'held' and hold_expires_at <= %(now)s
             order by id for update skip locked),
           gone as (
             update crm.appointments a set status = 'cancelled', cancelled_at = %(now)s, hold_expires_at = null,
               hold_token_hash = null, cancel_reason = 'The time was held and not taken', cancelled_by = 'Bedside',
               version = version + 1, updated_at = %(now)s
             from old where a.id = old.id returning a.id)
           delete from crm.appointment_resources where appointment_id in (select id from gone)"""
    )
