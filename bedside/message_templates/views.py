"""The library as the API and the pages show it."""

from datetime import datetime

from bedside.kit.wire import Wire
from bedside.message_templates.model import Category, Purpose


class TemplateRow(Wire, kw_only=True):
    """A template as the list shows it, with the channels and languages it has words for."""

    id: int
    key: str
    name: str
    description: str
    category: Category
    purpose: Purpose
    clinical: bool
    shipped: bool
    archived: bool
    version: int
    updated_at: datetime
    channels: list[str]
    languages: list[str]
