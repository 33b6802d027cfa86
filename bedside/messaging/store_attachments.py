"""SQL of files with messages."""

from datetime import datetime, timedelta
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.files import StoredFile
from bedside.messaging.attachment_model import Attachment, NamedFile, name_for

_ATTACHMENT: LiteralString = """
select a.id, a.name, a.media_type, a.size, a.width, a.height, a.status, a.error
from communications.attachments a
"""


async def insert_inbound(
    tx: Tx, *, inbound_message_id: int, provider: str, files: tuple[NamedFile, ...], largest: int
) -> None:
    """Keeps what came with a message as something to be fetched; what says itself that it is too large is refused."""
    await tx.execute_many(
        """insert into communications.attachments
               (inbound_message_id, position, name, media_type, size, status, error, provider, reference, fetch_at,
                created_at)
           values (%(inbound)s, %(position)s, %(name)s, %(media_type)s, %(size)s,
                   case when %(size)s::bigint > %(largest)s then 'refused' else 'waiting' end,
                   case when %(size)s::bigint > %(largest)s then 'It is larger than is taken here.' else '' end,
                   %(provider)s, %(reference)s,
                   case when coalesce(%(size)s::bigint, 0) <= %(largest)s then %(now)s end, %(now)s)""",
        [
            {
                "inbound": inbound_message_id, "position": position, "provider": provider, "largest": largest,
                "name": name_for(file.name, file.media_type), "media_type": file.media_type.replace("\0", "")[:100],
                "size": file.size, "reference": file.reference.replace("\0", ""),
            }
            for position, file in enumerate(files)
        ],
    )  # fmt: skip


async def insert_uploaded(
    tx: Tx,
    *,
    conversation_id: int,
    name: str,
    file: StoredFile,
    width: int | None,
    height: int | None,
    created_by_name: str,
) -> Attachment:
    """Keeps what staff added in a conversation, to be sent along with an answer."""
    return await tx.one(
        Attachment,
        """insert into communications.attachments
               (conversation_id, position, name, media_type, size, width, height, file_id, status, created_by_name,
                created_at)
           values (%(conversation_id)s, 0, %(name)s, %(media_type)s, %(size)s, %(width)s, %(height)s, %(file_id)s,
                   'kept', %(by)s, %(now)s)
           returning id, name, media_type, size, width, height, status, error""",
        conversation_id=conversation_id,
        name=name,
        media_type=file.media_type,
        size=file.size,
        width=width,
        height=height,
        file_id=file.id,
        by=created_by_name,
    )


async def unsent(tx: Tx, *, conversation_ids: list[int], ids: list[int]) -> dict[int, Attachment]:
    """Those of these files that were added in a conversation and went nowhere yet, held until the transaction ends."""
    found = await tx.all(
        Attachment,
        _ATTACHMENT
        + """where a.id = any(%(ids)s) and a.conversation_id = any(%(conversations)s) and a.message_id is null
             order by a.id for update""",
        ids=ids,
        conversations=conversation_ids,
    )
    return {one.id: one for one in found}


async def send_along(tx: Tx, *, message_id: int, ids: list[int]) -> None:
    """Has files go with a message of ours, in this order."""
    await tx.execute(
        """update communications.attachments a set message_id = %(message_id)s, position = given.position
           from (select id, (place - 1)::smallint as position
                 from unnest(%(ids)s::bigint[]) with ordinality as g (id, place)) as given
           where a.id = given.id and a.message_id is null""",
        message_id=message_id,
        ids=ids,
    )


async def remove_unsent(tx: Tx, *, conversation_ids: list[int], attachment_id: int) -> bool:
    """Takes a file away that went nowhere yet; False where there is none."""
    gone = await tx.execute(
        """delete from communications.attachments
           where id = %(id)s and conversation_id = any(%(conversations)s) and message_id is null""",
        id=attachment_id,
        conversations=conversation_ids,
    )
    return gone == 1


async def remove_forgotten(tx: Tx, *, older_than: timedelta) -> int:
    """Takes files away that were added and never sent."""
    return await tx.execute(
        """delete from communications.attachments
           where message_id is null and inbound_message_id is null and created_at < %(now)s - %(age)s""",
        age=older_than,
    )


class Kept(msgspec.Struct, kw_only=True):
    """A file whose bytes are here, as it is served."""

    name: str
    file_id: int


async def kept(tx: Tx, *, attachment_id: int, conversation_ids: list[int] | None) -> Kept | None:
    """A file whose bytes are here; of these conversations, or of any where a link of ours proves it."""
    return await tx.maybe(
        Kept,
        """select a.name, a.file_id from communications.attachments a
           left join communications.inbound_messages m on m.id = a.inbound_message_id
           where a.id = %(id)s and a.status = 'kept'
             and (%(conversations)s::bigint[] is null
                  or coalesce(a.conversation_id, m.conversation_id) = any(%(conversations)s))""",
        id=attachment_id,
        conversations=conversation_ids,
    )


async def of_lines(
    tx: Tx, *, inbound_ids: list[int], message_ids: list[int]
) -> tuple[dict[int, list[Attachment]], dict[int, list[Attachment]]]:
    """The files of messages of theirs and of ours, by the message's id."""
    rows = await tx.rows(
        """select a.inbound_message_id, a.message_id, to_jsonb(a) from communications.attachments a
           where a.inbound_message_id = any(%(inbound)s) or a.message_id = any(%(ours)s)
           order by a.position, a.id""",
        inbound=inbound_ids,
        ours=message_ids,
    )
    theirs: dict[int, list[Attachment]] = {}
    ours: dict[int, list[Attachment]] = {}
    for inbound_id, message_id, row in rows:
        shown = Attachment(**{name: row[name] for name in Attachment.__struct_fields__})
        into = theirs if inbound_id is not None else ours
        into.setdefault(inbound_id or message_id, []).append(shown)
    return theirs, ours


class GoingOut(msgspec.Struct, kw_only=True):
    """A file that goes with a message of ours."""

    id: int
    message_id: int
    name: str
    file: StoredFile


async def going_out(tx: Tx, *, message_ids: list[int]) -> list[GoingOut]:
    """The files that go with messages, in their order."""
    rows = await tx.rows(
        """select a.id, a.message_id, a.name, f.id, f.name, f.media_type, f.size, f.sha256, f.location, f.created_at
           from communications.attachments a join crm.files f on f.id = a.file_id
           where a.message_id = any(%(ids)s) order by a.message_id, a.position""",
        ids=message_ids,
    )
    return [
        GoingOut(
            id=row[0],
            message_id=row[1],
            name=row[2],
            file=StoredFile(
                id=row[3], name=row[4], media_type=row[5], size=row[6], sha256=row[7], location=row[8],
                created_at=row[9],
            ),
        )
        for row in rows
    ]  # fmt: skip


async def of_message(tx: Tx, *, message_id: int) -> tuple[int | None, list[Attachment]]:
    """The files that went with a message of ours, and the conversation that they are served in."""
    _, ours = await of_lines(tx, inbound_ids=[], message_ids=[message_id])
    conversation_id: int | None = await tx.value(
        "select max(conversation_id) from communications.attachments where message_id = %(id)s", id=message_id
    )
    return conversation_id, ours.get(message_id, [])


async def repeat(tx: Tx, *, first: int, again: int) -> None:
    """Has a message that repeats another take the same files along, and answer the same mail."""
    await tx.execute(
        """insert into communications.attachments
               (conversation_id, message_id, position, name, media_type, size, width, height, file_id, status,
                created_by_name, created_at)
           select conversation_id, %(again)s, position, name, media_type, size, width, height, file_id, status,
                  created_by_name, %(now)s
           from communications.attachments where message_id = %(first)s""",
        first=first,
        again=again,
    )
    await tx.execute(
        """update communications.message_queue q set answers_inbound = f.answers_inbound
           from communications.message_queue f
           where q.id = %(again)s and f.id = %(first)s and f.answers_inbound is not null""",
        first=first,
        again=again,
    )


class Answered(msgspec.Struct, kw_only=True):
    """The mail that a message of ours answers, and those before it."""

    message_id: int
    provider_id: str
    mail_references: str | None


async def answered_mails(tx: Tx, *, message_ids: list[int]) -> list[Answered]:
    """The mails that messages of ours answer."""
    return await tx.all(
        Answered,
        """select q.id as message_id, m.provider_id, m.mail_references
           from communications.message_queue q join communications.inbound_messages m on m.id = q.answers_inbound
           where q.id = any(%(ids)s) and m.channel = 'email'""",
        ids=message_ids,
    )


async def answer_last_mail(tx: Tx, *, message_id: int, conversation_id: int, address: str) -> None:
    """Says that a message of ours answers what they wrote last from this address."""
    await tx.execute(
        """update communications.message_queue set answers_inbound = (
               select id from communications.inbound_messages
               where conversation_id = %(conversation_id)s and channel = 'email' and from_address = %(address)s
               order by id desc limit 1)
           where id = %(id)s""",
        id=message_id,
        conversation_id=conversation_id,
        address=address,
    )


class ToFetch(msgspec.Struct, kw_only=True):
    """A file whose bytes are somewhere else."""

    id: int
    provider: str
    reference: str
    name: str
    to_address: str
    conversation_id: int
    person_kind: str | None
    person_id: int | None
    attempts: int


async def claim(tx: Tx, *, limit: int, lease: timedelta) -> list[ToFetch]:
    """Takes files whose turn it is to be fetched; others pass them over until the lease is over."""
    return await tx.all(
        ToFetch,
        """with taken as (
               update communications.attachments
               set fetch_at = %(now)s + %(lease)s, attempts = attempts + 1
               where id in (select id from communications.attachments
                            where status = 'waiting' and fetch_at <= %(now)s
                            order by fetch_at limit %(limit)s for update skip locked)
               returning *)
           select t.id, t.provider, t.reference, t.name, t.attempts, m.to_address, m.conversation_id, c.person_kind,
                  c.person_id
           from taken t
           join communications.inbound_messages m on m.id = t.inbound_message_id
           join communications.conversations c on c.id = m.conversation_id""",
        limit=limit,
        lease=lease,
    )


async def fetch_again(tx: Tx, *, attachment_id: int, conversation_ids: list[int]) -> bool:
    """Has a file fetched again that could not be; False where it is none of these."""
    changed = await tx.execute(
        """update communications.attachments a
           set status = 'waiting', fetch_at = %(now)s, attempts = 0, error = ''
           from communications.inbound_messages m
           where a.id = %(id)s and a.status = 'lost' and m.id = a.inbound_message_id
             and m.conversation_id = any(%(conversations)s)""",
        id=attachment_id,
        conversations=conversation_ids,
    )
    return changed == 1


async def mail_of(tx: Tx, *, receipt_id: int) -> bytes | None:
    """A mail as it came in."""
    found: bytes | None = await tx.value(
        "select body from communications.webhook_receipts where id = %(id)s and provider = 'smtp'", id=receipt_id
    )
    return bytes(found) if found is not None else None


async def settle(
    tx: Tx,
    *,
    attachment_id: int,
    status: str,
    error: str = "",
    file: StoredFile | None = None,
    name: str | None = None,
    width: int | None = None,
    height: int | None = None,
    fetch_at: datetime | None = None,
) -> bool:
    """Says what became of fetching a file; False where somebody else has said so before."""
    changed = await tx.execute(
        """update communications.attachments
           set status = %(status)s, error = %(error)s, file_id = %(file_id)s, fetch_at = %(fetch_at)s,
               name = coalesce(%(name)s, name), media_type = coalesce(%(media_type)s, media_type),
               size = coalesce(%(size)s, size), width = %(width)s, height = %(height)s
           where id = %(id)s and status = 'waiting'""",
        id=attachment_id,
        status=status,
        error=error,
        file_id=file.id if file else None,
        name=name,
        media_type=file.media_type if file else None,
        size=file.size if file else None,
        width=width,
        height=height,
        fetch_at=fetch_at,
    )
    return changed == 1
