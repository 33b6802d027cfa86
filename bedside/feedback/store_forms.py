"""SQL of survey forms and their versions."""

from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.feedback.form_model import Form, FormVersion, Question
from bedside.kit.database import Tx

_VERSION: LiteralString = (
    "select id, form_id, number, questions, created_by_name, created_at from crm.feedback_form_versions "
)
_FORM: LiteralString = """
select f.id, f.name, f.archived_at, f.created_by_name, f.created_at, f.version,
       (select jsonb_build_object('id', v.id, 'formId', v.form_id, 'number', v.number, 'questions', v.questions,
                                  'createdByName', v.created_by_name, 'createdAt', v.created_at)
        from crm.feedback_form_versions v where v.form_id = f.id order by v.number desc limit 1) as current,
       (select count(*) from crm.feedback_policies p where p.form_id = f.id) as used_by
from crm.feedback_forms f
"""


async def forms(tx: Tx, *, archived: bool) -> list[Form]:
    """Every form by name; those put away too where asked for."""
    return await tx.all(
        Form, _FORM + "where %(archived)s or f.archived_at is null order by lower(f.name), f.id", archived=archived
    )


async def form(tx: Tx, form_id: int, *, lock: bool = False) -> Form | None:
    """One form."""
    query = _FORM + "where f.id = %(id)s"
    return await tx.maybe(Form, query + " for update of f" if lock else query, id=form_id)


async def versions(tx: Tx, form_id: int) -> list[FormVersion]:
    """Every version of a form, the newest first."""
    return await tx.all(FormVersion, _VERSION + "where form_id = %(id)s order by number desc", id=form_id)


async def version(tx: Tx, version_id: int) -> FormVersion | None:
    """One version."""
    return await tx.maybe(FormVersion, _VERSION + "where id = %(id)s", id=version_id)


async def insert_form(tx: Tx, *, name: str, by: str) -> int:
    """Adds a form, without questions yet."""
    made: int = await tx.value(
        """insert into crm.feedback_forms (name, created_by_name, created_at)
           values (%(name)s, %(by)s, %(now)s) returning id""",
        name=name,
        by=by,
    )
    return made


async def insert_version(tx: Tx, *, form_id: int, questions: list[Question], by: str) -> int:
    """Adds the next version of a form that is locked, or new."""
    made: int = await tx.value(
        """insert into crm.feedback_form_versions (form_id, number, questions, created_by_name, created_at)
           values (%(form)s, (select coalesce(max(number), 0) + 1 from crm.feedback_form_versions
                              where form_id = %(form)s), %(questions)s, %(by)s, %(now)s) returning id""",
        form=form_id,
        questions=Jsonb(msgspec.to_builtins(questions)),
        by=by,
    )
    await tx.execute("update crm.feedback_forms set version = version + 1 where id = %(id)s", id=form_id)
    return made


async def update_form(tx: Tx, *, form_id: int, name: str, archived: bool) -> None:
    """Changes a form's name, and whether it is put away."""
    await tx.execute(
        """update crm.feedback_forms
           set name = %(name)s, version = version + 1,
               archived_at = case when %(archived)s then coalesce(archived_at, %(now)s) end
           where id = %(id)s""",
        id=form_id,
        name=name,
        archived=archived,
    )
