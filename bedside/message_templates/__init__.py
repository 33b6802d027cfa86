"""The library of texts: templates with versions per channel and language, and what becomes of them. The front door."""

from bedside.message_templates import approvals
from bedside.message_templates.approval_model import Approval, ApprovalState, NotForApproval, Sendable
from bedside.message_templates.brand_model import Kit
from bedside.message_templates.brand_words import install_public_url
from bedside.message_templates.brands import kits_for
from bedside.message_templates.buttons import ReplyButton, WhatsAppHeader, check_buttons
from bedside.message_templates.how_to_stop import words_to_stop
from bedside.message_templates.library import ready_template, ready_templates, render, templates_for_news
from bedside.message_templates.library import template as template_by_id
from bedside.message_templates.liquid import asked_of_a_message as variables_named
from bedside.message_templates.mail_frame import in_a_frame
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
from bedside.message_templates.previewing import install_records, preview_variables
from bedside.message_templates.rendering import ReadyTemplate, render_words
from bedside.message_templates.samples import sample_variables
from bedside.message_templates.shipping import ship_templates
from bedside.message_templates.sms_length import SmsLength, sms_length

__all__ = [
    "Approval", "ApprovalState", "Category", "Channel", "Kit", "MissingVariable", "NoVersion", "NotForApproval",
    "Purpose", "ReadyTemplate", "Rendered", "ReplyButton", "Sendable", "SmsLength", "TemplateFault",
    "TemplateNotFound", "WhatsAppHeader", "Words", "approvals", "check_buttons", "in_a_frame", "install_public_url",
    "install_records", "kits_for", "preview_variables", "ready_template", "ready_templates", "render", "render_words",
    "sample_variables", "ship_templates", "sms_length", "template_by_id", "templates_for_news", "variables_named",
    "words_to_stop",
]  # fmt: skip
