"""A template as a line of the library's table."""

from typing import Any

from bedside.message_templates.views import TemplateRow

COLUMNS = (
    "key", "name", "description", "category", "purpose", "clinical", "shipped", "archived", "channels", "languages",
    "whatsapp_approval", "changed",
)  # fmt: skip


def row(one: TemplateRow) -> list[Any]:
    """What stands under the columns."""
    return [
        one.key, one.name, one.description, one.category, one.purpose, _yes(one.clinical), _yes(one.shipped),
        _yes(one.archived), " ".join(one.channels), " ".join(one.languages), one.whatsapp_approval or "",
        one.updated_at,
    ]  # fmt: skip


def _yes(held: bool) -> str:
    return "yes" if held else "no"
