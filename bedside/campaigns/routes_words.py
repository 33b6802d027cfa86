"""REST of how people join and leave a list themselves: its words."""

from typing import Any

from litestar import Request, get, put
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import words
from bedside.campaigns.audience_model import Id
from bedside.campaigns.word_model import ListWords
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
    """As patients text them, in any case, accents and punctuation aside. 404 for an audience that is said by a rule."""
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
    """In place of those it had. An SMS or WhatsApp message of just such a word, from a patient's phone, joins or leaves
    and is answered once; joining is kept as consent to news on that channel. Each joining word leaves with LEAVE or
    STOP (and the like in Spanish and Arabic) before or after it. 422 for a carrier's stop word, an answer to reminders,
    a single letter; 409 where another list in use has the word."""
    return await words.choose(tx, list_id=audience_id, words=data, user=request.user)


ROUTES = [read_words, choose_words]
