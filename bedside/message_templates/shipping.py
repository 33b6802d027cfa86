"""The texts that come with the product, one file a language in shipped/ and in each folder there. They are written into
the library at start."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from bedside.kit.database import Tx
from bedside.message_templates import store
from bedside.message_templates.model import Channel, Words

FOLDER = Path(__file__).parent / "shipped"
BY = "Bedside"


class ShippedTemplate(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A template that comes with the product, without its words."""

    name: str
    description: str
    category: str
    purpose: str = "transactional"
    clinical: bool = False


@cache
def shipped_templates() -> dict[str, ShippedTemplate]:
    """The templates that come with the product, by key."""
    found: dict[str, ShippedTemplate] = {}
    for file in sorted(FOLDER.rglob("templates.toml")):
        found |= msgspec.convert(_read(file), dict[str, ShippedTemplate])
    return found


@cache
def shipped_words() -> dict[tuple[str, Channel, str], Words]:
    """Their words, by key, channel and language."""
    words: dict[tuple[str, Channel, str], Words] = {}
    for file in sorted(FOLDER.rglob("??.toml")):
        for key, channels in _read(file).items():
            for channel, given in channels.items():
                words[key, Channel(channel), file.stem] = msgspec.convert(given, Words)
    return words


async def ship_templates(tx: Tx) -> int:
    """Writes what the library lacks and gives the number of versions written; nothing where nothing is new.

    A shipped text that changed becomes a new version, unless the hospital has written one of its own since.
    """
    written = 0
    for key, template in shipped_templates().items():
        await store.insert_template(
            tx,
            key=key,
            name=template.name,
            description=template.description,
            category=template.category,
            purpose=template.purpose,
            clinical=template.clinical,
            shipped=True,
        )
    newest = {
        (one.template_key, one.version.channel, one.version.language): one.version
        for one in await store.newest_versions(tx, keys=list(shipped_templates()))
    }
    ids = {template.key: template.id for template in await store.templates(tx)}
    for (key, channel, language), words in shipped_words().items():
        there = newest.get((key, channel, language))
        if there is not None and (there.created_by_name != BY or _says_the_same(there, words)):
            continue
        await store.add_version(
            tx, template_id=ids[key], channel=channel, language=language, words=words, created_by_name=BY
        )
        written += 1
    return written


def _says_the_same(there: Any, words: Words) -> bool:
    return all(
        (tuple(now) if isinstance(now := getattr(there, field), list) else now) == getattr(words, field)
        for field in Words.__struct_fields__
    )


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
