"""What a form of an owner's page answers once it has done what it was for."""

from litestar.response import Template


def said(title: str, text: str = "", *, redirect: str = "") -> Template:
    """What happened, in a corner; the dialog closes and the owner's regions draw themselves anew, or another page."""
    headers = {"HX-Redirect": redirect} if redirect else {"HX-Trigger": '{"dialog:close": {}, "owner": {}}'}
    return Template("owners/said.html", context={"title": title, "text": text}, headers=headers)
