"""SQL of what WhatsApp says of versions."""

from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.message_templates.approval_model import Approval, ApprovalState, Numbered, Sendable
from bedside.message_templates.model import TemplateVersion

_APPROVAL: LiteralString = """
select version_id, state, reason, own, name, language, category, body, variables, submitted_by_name, submitted_at,
       decided_at, checked_at
from communications.template_approvals
"""
# the newest words of each template and language
NEWEST: LiteralString = """
select distinct on (v.template_id, v.language) v.*
from communications.template_versions v where v.channel = 'whatsapp'
order by v.template_id, v.language, v.number desc
"""


async def approval(tx: Tx, *, version_id: int) -> Approval | None:
    """Where a version stands; None where it was not handed in."""
    return await tx.maybe(Approval, _APPROVAL + "where version_id = %(id)s", id=version_id)


async def of_template(tx: Tx, *, template_id: int) -> dict[int, Approval]:
    """Where each version of a template stands, by version; what was not handed in is left out."""
    found = await tx.all(
        Approval,
        _APPROVAL + "where version_id in (select id from communications.template_versions where template_id = %(id)s)",
        id=template_id,
    )
    return {one.version_id: one for one in found}


async def submit(
    tx: Tx, *, version_id: int, own: bool, name: str, language: str, category: str, words: Numbered, by: str
) -> None:
    """Has a version handed in, or looked up, by the worker; once, whoever else asks for it at the same time."""
    await tx.execute(
        """insert into communications.template_approvals
               (version_id, own, name, language, category, body, variables, examples, state, ask_at, submitted_by_name,
                submitted_at)
           values (%(version_id)s, %(own)s, %(name)s, %(language)s, %(category)s, %(body)s, %(variables)s, %(examples)s,
                   'submitted', %(now)s, %(by)s, %(now)s)
           on conflict (version_id) do nothing""",
        version_id=version_id,
        own=own,
        name=name,
        language=language,
        category=category,
        body=words.body,
        variables=list(words.variables),
        examples=list(words.examples),
        by=by,
    )


async def ask_now(tx: Tx, *, version_id: int) -> None:
    """Has WhatsApp asked about a version at once."""
    await tx.execute(
        "update communications.template_approvals set ask_at = %(now)s where version_id = %(id)s", id=version_id
    )


async def watch_named(tx: Tx) -> int:
    """Looks after the newest words that name a template which somebody else had approved; gives how many are new."""
    return await tx.execute(
        """insert into communications.template_approvals
               (version_id, own, name, language, category, body, variables, state, ask_at, submitted_at)
           select n.id, false, n.whatsapp_name, replace(n.language, '-', '_'),
                  case t.purpose when 'marketing' then 'MARKETING' else 'UTILITY' end, '', n.whatsapp_variables,
                  'submitted', %(now)s, %(now)s
           from ("""
        + NEWEST
        + """) n join communications.templates t on t.id = n.template_id
           where n.whatsapp_name is not null and length(n.whatsapp_name) <= 512 and t.archived_at is null
           on conflict (version_id) do nothing"""
    )


class Due(msgspec.Struct, kw_only=True):
    """A version that WhatsApp is to be asked about, or given."""

    version_id: int
    template_id: int
    own: bool
    name: str
    language: str
    category: str
    body: str
    examples: list[str]
    state: ApprovalState
    reason: str
    provider_id: str | None
    submitted_at: datetime
    buttons: list[str]
    header: bool


async def claim_due(tx: Tx, *, limit: int) -> list[Due]:
    """Versions whose time has come; no other worker takes them within a minute."""
    return await tx.all(
        Due,
        """with due as (
               select version_id from communications.template_approvals where ask_at <= %(now)s
               order by ask_at limit %(limit)s for update skip locked)
           update communications.template_approvals a set ask_at = %(now)s + interval '1 minute'
           from due join communications.template_versions v on v.id = due.version_id
           where a.version_id = due.version_id
           returning a.version_id, v.template_id, a.own, a.name, a.language, a.category, a.body, a.examples, a.state,
                     a.reason, a.provider_id, a.submitted_at,
                     array(select b ->> 'title' from jsonb_array_elements(v.whatsapp_buttons) b) as buttons,
                     v.whatsapp_header is not null as header""",
        limit=limit,
    )


async def decide(
    tx: Tx, *, version_id: int, state: ApprovalState, reason: str, provider_id: str | None, ask_at: datetime
) -> None:
    """Writes what WhatsApp said, and when it is asked next."""
    await tx.execute(
        """update communications.template_approvals
           set decided_at = case when state = %(state)s then decided_at
                                 when %(state)s <> 'submitted' then %(now)s end,
               state = %(state)s, reason = %(reason)s, provider_id = coalesce(%(provider_id)s, provider_id),
               checked_at = %(now)s, ask_at = %(ask_at)s
           where version_id = %(id)s""",
        id=version_id,
        state=state,
        reason=reason,
        provider_id=provider_id,
        ask_at=ask_at,
    )


class _Row(msgspec.Struct, kw_only=True):
    template_key: str
    language: str
    state: ApprovalState | None
    own: bool
    reason: str
    approved_version: int | None
    approved_name: str | None
    approved_variables: list[str] | None


async def sendable(tx: Tx, *, keys: list[str]) -> dict[tuple[str, str], Sendable]:
    """What may leave of these templates outside the window, by key and language."""
    rows = await tx.all(
        _Row,
        """select t.key as template_key, n.language, a.state, coalesce(a.own, false) as own,
                  coalesce(a.reason, '') as reason, ok.version_id as approved_version, ok.name as approved_name,
                  ok.variables as approved_variables
           from communications.templates t
           join ("""
        + NEWEST
        + """) n on n.template_id = t.id
           left join communications.template_approvals a on a.version_id = n.id
           left join lateral (
               select b.version_id, b.name, b.variables
               from communications.template_approvals b join communications.template_versions v on v.id = b.version_id
               where v.template_id = t.id and v.channel = 'whatsapp' and v.language = n.language
                 and b.state = 'approved'
               order by v.number desc limit 1) ok on true
           where t.key = any(%(keys)s)""",
        keys=keys,
    )
    ids = [row.approved_version for row in rows if row.approved_version is not None]
    versions = {one.id: one for one in await _versions(tx, ids=ids)} if ids else {}
    found: dict[tuple[str, str], Sendable] = {}
    for row in rows:
        version = versions.get(row.approved_version or 0)
        if version is not None:
            version = msgspec.structs.replace(
                version, whatsapp_name=row.approved_name, whatsapp_variables=row.approved_variables or []
            )
        found[row.template_key, row.language] = Sendable(
            state=row.state, own=row.own, reason=row.reason, approved=version
        )
    return found


async def _versions(tx: Tx, *, ids: list[int]) -> list[TemplateVersion]:
    return await tx.all(
        TemplateVersion,
        """select id, template_id, channel, language, number, subject, body, html, mjml, whatsapp_name,
                  whatsapp_variables, whatsapp_buttons, whatsapp_header, created_by_name, created_at
           from communications.template_versions where id = any(%(ids)s)""",
        ids=ids,
    )
