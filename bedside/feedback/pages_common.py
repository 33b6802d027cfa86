"""What the pages of staff about feedback share: who asks, what happened, the words for channels."""

from typing import Any

from litestar import Request
from litestar.response import Template

from bedside.accounts import SignedIn

Person = Request[SignedIn, Any, Any]

CHANNEL_NAMES = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
SOURCES = {"link": ("By link", "link"), "desk": ("At the desk", "pencil"), "api": ("By another system", "file-import")}
STAR_WORDS = ["1 star: very poor", "2 stars: poor", "3 stars: all right", "4 stars: good", "5 stars: excellent"]


def said(title: str, text: str = "") -> Template:
    """What happened, in a corner; the dialog closes, and what shows feedback draws itself anew."""
    headers = {"HX-Trigger": '{"dialog:close": {}, "feedback": {}, "feedback_settings": {}}'}
    return Template("feedback/said.html", context={"title": title, "text": text}, headers=headers)
