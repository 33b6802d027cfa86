"""SQL of the words by which people join and leave lists, and of who has a phone."""

from typing import Literal, LiteralString

import msgspec

from bedside.campaigns.rules import Whose
from bedside.campaigns.word_model import Kept
from bedside.kit.database import Tx


class Heard(msgspec.Struct, kw_only=True):
    """A list's word that somebody wrote, and what it does."""

    list_id: int
    list_name: str
    whose: Whose
    hospital_id: int | None
    does: Literal["join", "leave"]
    word: str
    language: str | None


class Holder(msgspec.Struct, kw_only=True):
    """A patient or owner who has a phone, perhaps with others."""

    kind: Literal["patient", "owner"] = "patient"
    id: int
    name: str
    language: str
    hospital_id: int | None
    is_child: bool


async def words(tx: Tx, *, list_id: int) -> list[Kept]:
    """The words of a list, in the order in which they were given."""
    return await tx.all(
        Kept,
        """select word, folded, does, language from communications.audience_words
           where audience_id = %(list_id)s order by id""",
        list_id=list_id,
    )


async def taken(tx: Tx, *, folded: list[str], but: int) -> tuple[str, str] | None:
    """The first of the words that another list in use has, and that list's name."""
    rows = await tx.rows(
        """select w.folded, a.name from communications.audience_words w
           join communications.audiences a on a.id = w.audience_id
           where w.in_use and w.audience_id <> %(but)s and w.folded = any(%(folded)s::text[]) order by w.id limit 1""",
        folded=folded,
        but=but,
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def replace(tx: Tx, *, list_id: int, words: list[Kept], in_use: bool) -> int:
    """Gives a list these words instead of those it had; gives how many of them nobody else has taken meanwhile."""
    await tx.execute("delete from communications.audience_words where audience_id = %(list_id)s", list_id=list_id)
    return await tx.execute(
        """insert into communications.audience_words (audience_id, word, folded, does, language, in_use)
           select %(list_id)s, word, folded, does, language, %(in_use)s
           from unnest(%(words)s::text[], %(folded)s::text[], %(does)s::text[], %(languages)s::text[])
                with ordinality as given (word, folded, does, language, place) order by place
           on conflict (folded) where in_use do nothing""",
        list_id=list_id,
        words=[one.word for one in words],
        folded=[one.folded for one in words],
        does=[one.does for one in words],
        languages=[one.language for one in words],
        in_use=in_use,
    )


async def heard(tx: Tx, *, folded: str, left: list[str]) -> Heard | None:
    """The word of a list in use that a message is: as it stands, or one of those that it would leave."""
    return await tx.maybe(
        Heard,
        """select a.id as list_id, a.name as list_name, a.whose, a.hospital_id,
                  case when w.folded = %(folded)s then w.does else 'leave' end as does, w.word, w.language
           from communications.audience_words w join communications.audiences a on a.id = w.audience_id
           where w.in_use and (w.folded = %(folded)s or (w.does = 'join' and w.folded = any(%(left)s::text[])))
           order by (w.folded = %(folded)s) desc, w.id limit 1""",
        folded=folded,
        left=left,
    )


_HOLDERS: dict[Whose, LiteralString] = {
    "patients": """
select 'patient' as kind, p.id, p.first_name || ' ' || p.last_name as name, p.language, p.hospital_id,
       coalesce(p.date_of_birth > (%(now)s::date - interval '18 years'), false) as is_child
from crm.patients p
where p.archived_at is null
  and p.id in (select k.patient_id from crm.contact_points k where k.value = %(address)s)
order by p.date_of_birth nulls last, p.id""",
    # their own phone and mailbox: somebody at an owner's does not speak for them
    "owners": """
select 'owner' as kind, p.id, p.name, p.language, null::bigint as hospital_id, false as is_child
from crm.hospital_owners p
where p.archived_at is null and (p.phone = %(address)s or lower(p.email) = lower(%(address)s))
order by p.id""",
}


async def holders(tx: Tx, *, address: str, whose: Whose) -> list[Holder]:
    """The patients or owners who have a phone or mailbox; of patients the eldest first."""
    return await tx.all(Holder, _HOLDERS[whose], address=address)


_HOLDER: dict[str, LiteralString] = {
    "patient": """select 'patient' as kind, p.id, p.first_name || ' ' || p.last_name as name, p.language,
                         p.hospital_id, false as is_child
                  from crm.patients p where p.id = %(id)s""",
    "owner": """select 'owner' as kind, p.id, p.name, p.language, null::bigint as hospital_id, false as is_child
                from crm.hospital_owners p where p.id = %(id)s""",
}


async def holder(tx: Tx, *, kind: Literal["patient", "owner"], person_id: int) -> Holder | None:
    """One patient or owner."""
    return await tx.maybe(Holder, _HOLDER[kind], id=person_id)


async def acted_already(tx: Tx, *, inbound_message_id: int) -> bool:
    """Whether a message has done what it asked for: STOP, an answer about a visit."""
    return bool(
        await tx.value(
            "select acted <> '' from communications.inbound_messages where id = %(id)s", id=inbound_message_id
        )
    )
