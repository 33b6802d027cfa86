"""SQL of the pictures that mail shows."""

from typing import LiteralString

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.message_templates.picture_model import Picture

_PICTURE: LiteralString = """
select p.id, p.name, p.words, '/pictures/' || p.address as path, p.wide, p.high, f.media_type, f.size, p.added_by_name,
       p.created_at
from communications.pictures p join crm.files f on f.id = p.file_id"""

PICTURES: Listing[Picture] = Listing(
    into=Picture,
    select=_PICTURE,
    sorts={
        "createdAt": [Key("p.created_at", "timestamptz", "created_at"), Key("p.id", "bigint", "id")],
        "name": [Key("p.name", "text", "name"), Key("p.id", "bigint", "id")],
    },
    default_sort="-createdAt",
    filters={"search": "(p.name ilike '%%' || %(search)s || '%%' or p.words ilike '%%' || %(search)s || '%%')"},
)


async def picture(tx: Tx, *, picture_id: int) -> Picture | None:
    """One picture."""
    return await tx.maybe(Picture, _PICTURE + " where p.id = %(id)s", id=picture_id)


async def picture_at(tx: Tx, *, address: str) -> Picture | None:
    """The picture with an address."""
    return await tx.maybe(Picture, _PICTURE + " where p.address = %(address)s", address=address)


async def file_at(tx: Tx, *, address: str) -> int | None:
    """The file of the picture with an address."""
    found: int | None = await tx.value(
        "select file_id from communications.pictures where address = %(address)s", address=address
    )
    return found


async def insert_picture(
    tx: Tx, *, file_id: int, address: str, name: str, words: str, wide: int, high: int, added_by_name: str
) -> bool:
    """Writes a picture; False where the same is there already, which stays as it is."""
    return bool(
        await tx.execute(
            """insert into communications.pictures
                   (file_id, address, name, words, wide, high, added_by_name, created_at)
               values (%(file_id)s, %(address)s, %(name)s, %(words)s, %(wide)s, %(high)s, %(by)s, %(now)s)
               on conflict (address) do nothing""",
            file_id=file_id,
            address=address,
            name=name,
            words=words,
            wide=wide,
            high=high,
            by=added_by_name,
        )
    )


async def set_words(tx: Tx, *, picture_id: int, words: str) -> None:
    """What it says to those who do not see it."""
    await tx.execute(
        "update communications.pictures set words = %(words)s where id = %(id)s", id=picture_id, words=words
    )


async def places_of(tx: Tx, *, picture_id: int, path: str) -> list[str]:
    """What shows a picture: the newest words of templates that are in use, and hospitals by their logo."""
    rows = await tx.rows(
        """select t.name || ' (' || v.language || ')'
           from communications.templates t
           join lateral (select distinct on (channel, language) * from communications.template_versions
                         where template_id = t.id order by channel, language, number desc) v on true
           where t.archived_at is null
             and position(%(path)s in coalesce(v.html, '') || coalesce(v.mjml, '')
                          || coalesce(v.whatsapp_header::text, '')) > 0
           union all
           select 'the logo of ' || h.name
           from communications.brands b join crm.hospitals h on h.id = b.hospital_id where b.logo_id = %(id)s
           order by 1 limit 20""",
        id=picture_id,
        path=path,
    )
    return [row[0] for row in rows]


async def addresses_gone(tx: Tx, *, addresses: list[str]) -> list[str]:
    """Those of these addresses at which there is no picture."""
    rows = await tx.rows(
        """select a from unnest(%(addresses)s::text[]) a
           where not exists (select from communications.pictures p where p.address = a)""",
        addresses=addresses,
    )
    return [row[0] for row in rows]


async def delete_picture(tx: Tx, *, picture_id: int) -> None:
    """Takes a picture away; its bytes stay where files are kept, and are served no more."""
    await tx.execute("delete from communications.pictures where id = %(id)s", id=picture_id)
