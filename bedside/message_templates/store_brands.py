"""SQL of how hospitals' mail looks."""

from collections.abc import Iterable
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.message_templates.brand_model import Brand, BrandGiven, Kit

_LOGO: LiteralString = "coalesce('/pictures/' || p.address, '')"


async def brand(tx: Tx, *, hospital_id: int) -> Brand | None:
    """How a hospital's mail looks; None where nobody has set anything."""
    return await tx.maybe(
        Brand,
        """select b.hospital_id, b.logo_id, '/pictures/' || p.address as logo_path, b.main, b.accent, b.text_on_main,
                  b.font, b.footer, b.links, b.version, b.updated_at
           from communications.brands b left join communications.pictures p on p.id = b.logo_id
           where b.hospital_id = %(id)s""",
        id=hospital_id,
    )


async def save_brand(tx: Tx, *, hospital_id: int, given: BrandGiven) -> int:
    """Writes it and gives its new version."""
    version: int = await tx.value(
        """insert into communications.brands as b
               (hospital_id, logo_id, main, accent, text_on_main, font, footer, links, updated_at)
           values (%(id)s, %(logo)s, %(main)s, %(accent)s, %(text_on_main)s, %(font)s, %(footer)s, %(links)s, %(now)s)
           on conflict (hospital_id) do update
           set logo_id = excluded.logo_id, main = excluded.main, accent = excluded.accent,
               text_on_main = excluded.text_on_main, font = excluded.font, footer = excluded.footer,
               links = excluded.links, version = b.version + 1, updated_at = excluded.updated_at
           returning version""",
        id=hospital_id,
        logo=given.logo_id,
        main=given.main,
        accent=given.accent,
        text_on_main=given.text_on_main,
        font=given.font.value,
        footer=given.footer,
        links=Jsonb(msgspec.to_builtins(given.links)),
    )
    return version


async def kits(tx: Tx, *, hospital_ids: Iterable[int]) -> dict[int, Kit]:
    """What mail needs of the brands of hospitals, by hospital; those without one are left out."""
    return _by_id(
        await tx.rows(
            """select b.hospital_id, jsonb_build_object(
                          'main', b.main, 'accent', b.accent, 'on_main', b.text_on_main, 'font', b.font,
                          'logo', """
            + _LOGO
            + """, 'logo_wide', coalesce(p.wide, 0), 'logo_high', coalesce(p.high, 0), 'words', b.footer,
                          'links', b.links)
               from communications.brands b left join communications.pictures p on p.id = b.logo_id
               where b.hospital_id = any(%(ids)s)""",
            ids=sorted(set(hospital_ids)),
        )
    )


async def homes_with_brand(tx: Tx, *, patient_ids: Iterable[int]) -> dict[int, int]:
    """The hospital where each of these patients is at home, where that has a brand."""
    rows = await tx.rows(
        """select p.id, p.hospital_id from crm.patients p
           where p.id = any(%(ids)s)
             and exists (select from communications.brands b where b.hospital_id = p.hospital_id)""",
        ids=sorted(set(patient_ids)),
    )
    return {row[0]: row[1] for row in rows}


def _by_id(rows: list[tuple[Any, ...]]) -> dict[int, Kit]:
    return {row[0]: msgspec.convert(row[1], Kit) for row in rows}
