"""Files by the Cloud API: handed in first, then named in a message; of theirs the id is asked for an address."""

import io
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bedside.messaging.attachment_model import WHATSAPP_PICTURES, WHATSAPP_SOUND
from bedside.messaging.provider_accounts import WhatsAppAccount
from bedside.messaging.providers.download import NotThere, download, same_origin
from bedside.messaging.providers.http import NotReached, Unanswered, Wire
from bedside.messaging.providers.outcomes import Attachment, Outcome, Result, Verdict

VERSION = "v25.0"
# where Meta keeps what people send (developers.facebook.com, Cloud API, Media)
HOSTS = (".fbsbx.com", ".fbcdn.net", ".whatsapp.net", ".facebook.com")


async def hand_in(wire: Wire, url: str, headers: dict[str, str], file: Attachment) -> str | Outcome:
    """Uploads a file and gives its id; or what became of the message, which has then certainly not left."""
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", file.media_type)
    form.add_field("file", io.BytesIO(file.content), filename=file.name, content_type=file.media_type)
    try:
        answer = await wire.request("POST", url, data=form, headers=headers)
    except (NotReached, Unanswered) as error:
        words = f"WhatsApp did not take the file: {error}"
        return Outcome(result=Result.LATER, words=words, verdict=Verdict.DOWN)
    if answer.status == 200 and answer.json.get("id"):
        return str(answer.json["id"])
    if answer.status == 429 or answer.status >= 500:
        words = f"WhatsApp answered {answer.status} to the file."
        return Outcome(result=Result.LATER, code=str(answer.status), words=words, verdict=Verdict.RETRY)
    fault = answer.json.get("error")
    said = str(fault.get("message", "")) if isinstance(fault, dict) else ""
    return Outcome(
        result=Result.FAILED,
        code=str(answer.status),
        words=f"WhatsApp refused the file: {said or answer.status}",
        verdict=Verdict.PERMANENT,
    )


def part_of(file: Attachment, media_id: str, words: str) -> dict[str, Any]:
    """The part of a message that is a file, with words below it where they may stand there. Pure."""
    if file.media_type in WHATSAPP_SOUND:
        return {"type": "audio", "audio": {"id": media_id}}
    below = {"caption": words} if words else {}
    if file.media_type in WHATSAPP_PICTURES:
        return {"type": "image", "image": {"id": media_id, **below}}
    return {"type": "document", "document": {"id": media_id, "filename": file.name, **below}}


async def fetch(account: WhatsAppAccount, media_id: str, *, largest: int) -> bytes:
    """What somebody sent: the id tells an address, which gives the bytes for the same bearer. Raises as `download`."""
    if not media_id.isalnum():
        raise NotThere("no id that WhatsApp gives")
    headers = {"Authorization": f"Bearer {account.token}"}
    wire = Wire(timeout=20.0, connections=1)
    try:
        answer = await wire.request("GET", f"{account.base_url}/{VERSION}/{media_id}", headers=headers)
    finally:
        await wire.close()
    if answer.status in (400, 404, 410):
        raise NotThere(f"WhatsApp answered {answer.status}")
    if answer.status != 200 or not isinstance(answer.json.get("url"), str):
        raise Unanswered(f"WhatsApp answered {answer.status} without an address")

    def ours(url: str) -> bool:
        parts = urlsplit(url)
        meta = parts.scheme == "https" and f".{parts.hostname or ''}".endswith(HOSTS)
        return same_origin(url, account.base_url) or meta

    return await download(answer.json["url"], headers=headers, may_go=ours, largest=largest)
