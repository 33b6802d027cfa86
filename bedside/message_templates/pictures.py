"""Pictures that mail shows: kept once, served to whoever has their address, taken away where nothing shows them."""

import re
from pathlib import PurePath

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.file_types import picture_size
from bedside.kit.files import ENDINGS, IMAGES, Files, StoredFile
from bedside.kit.http.problems import Invalid
from bedside.kit.text import one_line
from bedside.message_templates import store_pictures as store
from bedside.message_templates.picture_model import LARGEST, Picture, PictureInUse, PictureNotFound

_NAMED = re.compile(r"/pictures/([0-9a-f]{32}\.(?:png|jpg|gif|webp))")
MOST_POINTS = 8000  # a side: what is wider was never meant for mail


async def add(tx: Tx, *, files: Files, name: str, content: bytes, words: str, actor: SignedIn) -> Picture:
    """Keeps a picture and gives it; the same bytes a second time give the picture that is there.

    Raises FileTooLarge (413) over 2 MB, MediaTypeRefused (422) for what is no PNG, JPEG, GIF or WebP by its bytes,
    Invalid (422) for one that is broken or empty.
    """
    pointer = "/picture"
    name = one_line(PurePath(name).name or "Picture", pointer="/name", longest=200)
    words = one_line(words, pointer="/words", longest=300, needed=False)
    kept = await files.keep(tx, name=name, content=content, accepted=IMAGES, largest=LARGEST, pointer=pointer)
    size = picture_size(content)
    if size is None or not all(1 <= side <= MOST_POINTS for side in size):
        raise Invalid(
            "This picture is broken, or far too large to be shown.",
            pointer=pointer,
            next_step=f"Save it anew, with at most {MOST_POINTS} points a side.",
        )
    address = kept.sha256.hex()[:32] + ENDINGS[kept.media_type]
    new = await store.insert_picture(
        tx, file_id=kept.id, address=address, name=name, words=words, wide=size[0], high=size[1],
        added_by_name=actor.name,
    )  # fmt: skip
    made = await store.picture_at(tx, address=address)
    if made is None:
        raise PictureNotFound("The picture was taken away meanwhile.", next_step="Add it again.")
    if new:
        await audit(tx, actor=actor, action="add", subject="picture", subject_id=made.id, after={"name": name})
    elif words and not made.words:
        return await describe(tx, picture_id=made.id, words=words, actor=actor)
    return made


async def picture(tx: Tx, *, picture_id: int) -> Picture:
    """One picture. Raises PictureNotFound (404)."""
    found = await store.picture(tx, picture_id=picture_id)
    if found is None:
        raise PictureNotFound("There is no such picture.", next_step="Look at the list of pictures again.")
    return found


async def describe(tx: Tx, *, picture_id: int, words: str, actor: SignedIn) -> Picture:
    """Says what a picture says to those who do not see it; a mail that has it already keeps its own words.

    Raises PictureNotFound (404), Invalid (422).
    """
    before = await picture(tx, picture_id=picture_id)
    words = one_line(words, pointer="/words", longest=300, needed=False)
    await store.set_words(tx, picture_id=picture_id, words=words)
    await audit(
        tx, actor=actor, action="describe", subject="picture", subject_id=picture_id,
        before={"words": before.words}, after={"words": words},
    )  # fmt: skip
    return await picture(tx, picture_id=picture_id)


async def take_away(tx: Tx, *, picture_id: int, actor: SignedIn) -> None:
    """Takes a picture away. Mails that left with it show its words instead.

    Raises PictureNotFound (404), PictureInUse (409) with what shows it.
    """
    found = await picture(tx, picture_id=picture_id)
    if places := await store.places_of(tx, picture_id=picture_id, path=found.path):
        raise PictureInUse(
            f"It is shown by {', '.join(places)}.",
            next_step="Take it out there first, or leave it.",
            places=places,
        )
    await store.delete_picture(tx, picture_id=picture_id)
    await audit(tx, actor=actor, action="remove", subject="picture", subject_id=picture_id, before={"name": found.name})


async def gone(tx: Tx, *, source: str) -> bool:
    """Whether a mail shows a picture that was taken away."""
    named = sorted(set(_NAMED.findall(source)))
    return bool(named) and bool(await store.addresses_gone(tx, addresses=named))


async def file_at(tx: Tx, *, files: Files, address: str) -> StoredFile | None:
    """The file of the picture with an address; None where there is none."""
    file_id = await store.file_at(tx, address=address)
    return await files.file(tx, file_id) if file_id is not None else None
