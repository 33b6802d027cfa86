"""SQL of what a patient `p` did with what they were sent: rows for rules about campaigns, and when it was last.

What counts is said in `store_analytics`, so that a report and a rule name the same people: a machine's opening and
following counts in neither.
"""

from typing import Any, LiteralString

from psycopg import sql

from bedside.campaigns.store_analytics import ANSWERS, BOOKED, CLICKED, CLICKS, OPENS
from bedside.campaigns.store_analytics import READ as WAS_READ

# by the ledger's key, which begins with the campaign; those who are chosen are patients' (store_rules)
_SENT: LiteralString = """from communications.campaign_recipients r
    join communications.message_queue m on m.id = r.message_id
    where r.person_id = p.id and m.status in ('sent', 'delivered', 'read')"""
RECEIVED: LiteralString = _SENT
READ: LiteralString = f"{_SENT} and {WAS_READ}"
FOLLOWED: LiteralString = f"{_SENT} and {CLICKED}"
# within the days that the campaign itself counts
BOOKED_AFTER: LiteralString = f"""from communications.campaign_recipients r
    join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
    join communications.campaigns g on g.id = r.campaign_id
    join crm.appointments a on {BOOKED.replace("%(days)s", "g.attribution_days")}
    where r.person_id = p.id"""
CAMPAIGN: LiteralString = "r.campaign_id"

_ENGAGED: LiteralString = f"""exists (
    select from communications.message_queue m
    where m.person_kind = 'patient' and m.person_id = p.id and m.purpose = 'marketing' and m.sent_at is not null
      and (m.read_at >= {{since}}
           or exists (select {OPENS} and o.at >= {{since}})
           or exists (select {CLICKS} and k.at >= {{since}})
           or exists (select {ANSWERS} and i.received_at >= {{since}})))"""


def last_engaged(operator: str, value: Any, give: Any) -> sql.Composable:
    """Whether they opened, followed or answered any news: ever, never, lately, or long ago and not since."""
    ever = sql.SQL(_ENGAGED).format(since=sql.SQL("'-infinity'::timestamptz"))
    if operator in ("ever", "never"):
        return ever if operator == "ever" else sql.SQL("(not {})").format(ever)
    since = sql.SQL("(%(now)s - make_interval(days => {}))").format(give(value))
    lately = sql.SQL(_ENGAGED).format(since=since)
    return lately if operator == "within_days" else sql.SQL("({} and not {})").format(ever, lately)
