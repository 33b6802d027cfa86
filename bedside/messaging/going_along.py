"""What goes along with words that staff wrote: files, and the mail that they answer."""

from typing import Any

from bedside.kit.database import Tx
from bedside.messaging import store_attachments
from bedside.messaging.attaching import link_to
from bedside.messaging.model import Channel, Message
from bedside.messaging.providers.outcomes import KeptFile

LONGEST_THREAD = 20  # messages that References names


async def files_and_threads(tx: Tx, messages: list[Message]) -> dict[int, dict[str, Any]]:
    """The fields of `Outgoing` that these add, by the message's id. Nothing is asked for messages of templates, so that
    bulk costs nothing."""
    by_hand = [message for message in messages if message.template_key is None]
    found: dict[int, dict[str, Any]] = {}
    if not by_hand:
        return found
    for one in await store_attachments.going_out(tx, message_ids=[message.id for message in by_hand]):
        file = KeptFile(name=one.name, file=one.file, url=link_to(tx, one.id))
        fields = found.setdefault(one.message_id, {"kept": ()})
        fields["kept"] += (file,)
    mails = [message.id for message in by_hand if message.channel is Channel.EMAIL]
    for answered in await store_attachments.answered_mails(tx, message_ids=mails) if mails else []:
        if not answered.provider_id.endswith("@no-message-id>"):
            thread = tuple((answered.mail_references or "").split())[-LONGEST_THREAD:]
            found.setdefault(answered.message_id, {}).update(in_reply_to=answered.provider_id, references=thread)
    return found
