"""REST of how people join and leave a list themselves: its words and its link."""

from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import joining, words
from bedside.campaigns.audience_model import Id
from bedside.campaigns.link_model import ListLink
from bedside.campaigns.word_model import ListWords
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Audiences"]


@get(
    "/api/audiences/{audience_id:int}/words",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="The words by which people join and leave a list",
)
async def read_words(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> ListWords:
    """As people text them, in any case, accents and punctuation aside. 404 for an audience that is said by a rule."""
    return await words.words_of(tx, list_id=audience_id, user=request.user)


@put(
    "/api/audiences/{audience_id:int}/words",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Choose the words of a list",
)
async def choose_words(
    data: JSONBody[ListWords], request: Asked, tx: Transaction, audience_id: FromPath[Id]
) -> ListWords:
    """In place of those it had. An SMS or WhatsApp message of just such a word, from a patient's phone
    (an owner's own, where the list is of owners), joins or leaves
    and is answered once; joining is kept as consent to news on that channel. Each joining word leaves with LEAVE or
    STOP (and the like in Spanish and Arabic) before or after it. 422 for a carrier's stop word, an answer to reminders,
    a single letter; 409 where another list in use has the word."""
    return await words.choose(tx, list_id=audience_id, words=data, user=request.user)


@get(
    "/api/audiences/{audience_id:int}/link",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="The link of a list",
)
async def read_link(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> ListLink:
    """404 where it has none."""
    return await joining.link_of(tx, list_id=audience_id, user=request.user)


@post(
    "/api/audiences/{audience_id:int}/link",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Make a link for a list",
)
async def make_link(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Response[Any]:
    """A public page where people join and leave the list: a code proves their phone or mailbox, and joining is kept as
    consent to news by it. The link that it had leads nowhere from then on."""
    return await once(request, tx, joining.make_link(tx, list_id=audience_id, user=request.user))


@delete(
    "/api/audiences/{audience_id:int}/link",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Take a list's link back",
)
async def withdraw_link(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> None:
    """Who opens it is told that it leads nowhere; who joined by it stays. 404 where there is none."""
    await joining.withdraw_link(tx, list_id=audience_id, user=request.user)


ROUTES = [read_words, choose_words, read_link, make_link, withdraw_link]
