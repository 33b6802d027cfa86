"""Pictures that mail shows: what they are, and what may be wrong with one."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from bedside.kit.http.problems import Conflict, NotFound
from bedside.kit.wire import Wire

LARGEST = 2_000_000  # bytes: mail programs of people on the road load no more
WORDS = Annotated[str, Meta(max_length=300)]


class PictureNotFound(NotFound):
    """404: there is no such picture."""

    type = "picture-not-found"


class PictureInUse(Conflict):
    """409: something shows the picture; `places` says what."""

    type = "picture-in-use"


class Picture(Wire, kw_only=True):
    """A picture of the library. `words` is what it says to those who do not see it; `path` where everybody finds it,
    under the public address of the house, and what a mail names it by."""

    id: int
    name: str
    words: str
    path: str
    wide: int
    high: int
    media_type: str
    size: int
    added_by_name: str
    created_at: datetime


class PictureWords(Wire, kw_only=True):
    """What a picture says to those who do not see it; empty where it only adorns."""

    words: WORDS
