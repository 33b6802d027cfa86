"""SQL of the library of texts."""

from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.message_templates.model import Template, TemplateVersion, Words
from bedside.message_templates.views import TemplateRow

_TEMPLATE: LiteralString = """
select id, key, name, description, category, purpose, clinical, shipped, archived_at, version, created_at, updated_at
from communications.templates
"""
_VERSION: LiteralString = """
select id, template_id, channel, language, number, subject, body, html, mjml, whatsapp_name, whatsapp_variables,
       whatsapp_buttons, whatsapp_header, created_by_name, created_at
from communications.template_versions
"""

# of the newest words for WhatsApp in each language, the state that most wants somebody to look; null without any
_APPROVAL: LiteralString = """
(select (array['rejected', 'paused', 'draft', 'submitted', 'approved'])[min(array_position(
     array['rejected', 'paused', 'draft', 'submitted', 'approved'], coalesce(a.state, 'draft')))]
 from (select distinct on (v.language) v.id from communications.template_versions v
       where v.template_id = t.id and v.channel = 'whatsapp' order by v.language, v.number desc) n
 left join communications.template_approvals a on a.version_id = n.id)"""

TEMPLATES: Listing[TemplateRow] = Listing(
    into=TemplateRow,
    select="""
        select t.id, t.key, t.name, t.description, t.category, t.purpose, t.clinical, t.shipped,
               t.archived_at is not null as archived, t.version, t.updated_at,
               coalesce((select array_agg(distinct v.channel order by v.channel)
                         from communications.template_versions v where v.template_id = t.id), '{}') as channels,
               coalesce((select array_agg(distinct v.language order by v.language)
                         from communications.template_versions v where v.template_id = t.id), '{}') as languages,
               """
    + _APPROVAL
    + """ as whatsapp_approval
        from communications.templates t""",
    sorts={
        "name": [Key("t.name", "text", "name"), Key("t.id", "bigint", "id")],
        "category": [Key("t.category", "text", "category"), Key("t.id", "bigint", "id")],
        "updatedAt": [Key("t.updated_at", "timestamptz", "updated_at"), Key("t.id", "bigint", "id")],
    },
    default_sort="name",
    filters={
        "category": "t.category = %(category)s",
        "purpose": "t.purpose = %(purpose)s",
        "archived": "(t.archived_at is not null) = %(archived)s",
        "channel": "exists (select from communications.template_versions v"
        " where v.template_id = t.id and v.channel = %(channel)s)",
        "language": "exists (select from communications.template_versions v"
        " where v.template_id = t.id and v.language = %(language)s)",
        "approval": _APPROVAL + " = %(approval)s",
        "search": "(t.name ilike '%%' || %(search)s || '%%' or t.key ilike '%%' || %(search)s || '%%')",
    },
)


async def template(tx: Tx, *, template_id: int) -> Template | None:
    """One template."""
    return await tx.maybe(Template, _TEMPLATE + "where id = %(id)s", id=template_id)


async def template_by_key(tx: Tx, *, key: str) -> Template | None:
    """One template, by its key."""
    return await tx.maybe(Template, _TEMPLATE + "where key = %(key)s", key=key)


async def templates(tx: Tx) -> list[Template]:
    """Every template that is not archived, by name."""
    return await tx.all(Template, _TEMPLATE + "where archived_at is null order by name, id")


async def insert_template(
    tx: Tx, *, key: str, name: str, description: str, category: str, purpose: str, clinical: bool, shipped: bool
) -> int | None:
    """Writes a template and gives its id; None where the key is taken."""
    made: int | None = await tx.value(
        """insert into communications.templates
               (key, name, description, category, purpose, clinical, shipped, created_at, updated_at)
           values (%(key)s, %(name)s, %(description)s, %(category)s, %(purpose)s, %(clinical)s, %(shipped)s,
                   %(now)s, %(now)s)
           on conflict (key) do nothing returning id""",
        key=key,
        name=name,
        description=description,
        category=category,
        purpose=purpose,
        clinical=clinical,
        shipped=shipped,
    )
    return made


async def set_archived(tx: Tx, *, template_id: int, archived: bool) -> None:
    """Puts a template away, or takes it out again."""
    await tx.execute(
        """update communications.templates
           set archived_at = case when %(archived)s then coalesce(archived_at, %(now)s) end,
               version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=template_id,
        archived=archived,
    )


async def add_version(
    tx: Tx, *, template_id: int, channel: str, language: str, words: Words, created_by_name: str
) -> TemplateVersion:
    """Writes the next version for a channel and language. The template's row is locked, so numbers have no gaps."""
    await tx.execute(
        "update communications.templates set version = version + 1, updated_at = %(now)s where id = %(id)s",
        id=template_id,
    )
    return await tx.one(
        TemplateVersion,
        """insert into communications.template_versions
               (template_id, channel, language, number, subject, body, html, mjml, whatsapp_name, whatsapp_variables,
                whatsapp_buttons, whatsapp_header, created_by_name, created_at)
           select %(template_id)s, %(channel)s, %(language)s, coalesce(max(number), 0) + 1, %(subject)s, %(body)s,
                  %(html)s, %(mjml)s, %(whatsapp_name)s, %(whatsapp_variables)s, %(whatsapp_buttons)s,
                  %(whatsapp_header)s, %(created_by_name)s, %(now)s
           from communications.template_versions
           where template_id = %(template_id)s and channel = %(channel)s and language = %(language)s
           returning id, template_id, channel, language, number, subject, body, html, mjml, whatsapp_name,
                     whatsapp_variables, whatsapp_buttons, whatsapp_header, created_by_name, created_at""",
        template_id=template_id,
        channel=channel,
        language=language,
        subject=words.subject,
        body=words.body,
        html=words.html,
        mjml=words.mjml,
        whatsapp_name=words.whatsapp_name,
        whatsapp_variables=list(words.whatsapp_variables),
        whatsapp_buttons=Jsonb(msgspec.to_builtins(words.whatsapp_buttons)),
        whatsapp_header=Jsonb(msgspec.to_builtins(words.whatsapp_header)) if words.whatsapp_header else None,
        created_by_name=created_by_name,
    )


async def versions(tx: Tx, *, template_id: int) -> list[TemplateVersion]:
    """Every version of a template, newest first within its channel and language."""
    return await tx.all(
        TemplateVersion,
        _VERSION + "where template_id = %(id)s order by channel, language, number desc",
        id=template_id,
    )


async def version(tx: Tx, *, template_id: int, version_id: int) -> TemplateVersion | None:
    """One version of a template; None where it has no such version."""
    return await tx.maybe(
        TemplateVersion,
        _VERSION + "where template_id = %(template)s and id = %(id)s",
        template=template_id,
        id=version_id,
    )


class Newest(msgspec.Struct, kw_only=True):
    """The newest version of a template for a channel and language, with what rendering needs of the template."""

    template_key: str
    category: str
    purpose: str
    clinical: bool
    version: TemplateVersion


async def newest_versions(tx: Tx, *, keys: list[str]) -> list[Newest]:
    """The newest version of each channel and language of the templates with these keys, in one query."""
    rows: list[tuple[Any, ...]] = await tx.rows(
        """select distinct on (t.id, v.channel, v.language) t.key, t.category, t.purpose, t.clinical,
                  v.id, v.template_id, v.channel, v.language, v.number, v.subject, v.body, v.html, v.mjml,
                  v.whatsapp_name, v.whatsapp_variables, v.whatsapp_buttons, v.whatsapp_header,
                  v.created_by_name, v.created_at
           from communications.templates t
           join communications.template_versions v on v.template_id = t.id
           where t.key = any(%(keys)s)
           order by t.id, v.channel, v.language, v.number desc""",
        keys=keys,
    )
    fields = TemplateVersion.__struct_encode_fields__
    return [
        Newest(
            template_key=row[0],
            category=row[1],
            purpose=row[2],
            clinical=row[3],
            version=msgspec.convert(dict(zip(fields, row[4:], strict=True)), TemplateVersion, builtin_types=()),
        )
        for row in rows
    ]


class Person(msgspec.Struct, kw_only=True):
    """What a preview says of a real patient."""

    id: int
    first_name: str
    last_name: str
    name: str
    language: str
    hospital_id: int | None
    hospital_name: str | None


async def patient_variables(tx: Tx, *, patient_id: int) -> Person | None:
    """A patient's name, language and hospital; None where there is no such patient."""
    return await tx.maybe(
        Person,
        """select p.id, p.first_name, p.last_name, p.first_name || ' ' || p.last_name as name, p.language,
                  p.hospital_id, h.name as hospital_name
           from crm.patients p left join crm.hospitals h on h.id = p.hospital_id where p.id = %(id)s""",
        id=patient_id,
    )
