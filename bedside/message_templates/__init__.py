"""The library of texts: templates with versions per channel and language, and what becomes of them. The front door."""

from bedside.message_templates.library import ready_template, ready_templates, render
from bedside.message_templates.model import (
    Category,
    Channel,
    MissingVariable,
    NoVersion,
    Purpose,
    Rendered,
    TemplateFault,
    TemplateNotFound,
    Words,
)
from bedside.message_templates.rendering import ReadyTemplate, render_words
from bedside.message_templates.shipping import ship_templates
from bedside.message_templates.sms_length import SmsLength, sms_length

__all__ = [
    "Category",
    "Channel",
    "MissingVariable",
    "NoVersion",
    "Purpose",
    "ReadyTemplate",
    "Rendered",
    "SmsLength",
    "TemplateFault",
    "TemplateNotFound",
    "Words",
    "ready_template",
    "ready_templates",
    "render",
    "render_words",
    "ship_templates",
    "sms_length",
]
