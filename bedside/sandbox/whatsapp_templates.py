"""WhatsApp's approved message templates: those that ship with the demonstration, and any added over the wire."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
HeaderFormat = Literal["TEXT", "IMAGE", "DOCUMENT"]
VARIABLE = re.compile(r"\{\{\s*(\d+)\s*\}\}")


class TemplateButton(msgspec.Struct, kw_only=True):
    """A button of a template. A `URL` ends in {{1}} where the sender gives its last part."""

    type: Literal["QUICK_REPLY", "URL", "PHONE_NUMBER"]
    text: str
    url: str | None = None


class Template(msgspec.Struct, kw_only=True):
    """One template in one language."""

    id: str
    name: str
    language: str
    category: Category
    body: str
    header: str | None = None
    header_format: HeaderFormat = "TEXT"
    footer: str | None = None
    buttons: list[TemplateButton] = []
    status: str = "APPROVED"
    rejected_reason: str = "NONE"

    @property
    def variables(self) -> int:
        """How many values the body takes."""
        return len(set(VARIABLE.findall(self.body)))

    @property
    def header_takes(self) -> str | None:
        """What the header must be given: a `text`, an `image`, a `document`; None where it never changes."""
        if self.header_format != "TEXT":
            return self.header_format.lower()
        return "text" if VARIABLE.search(self.header or "") else None

    def fill(self, values: Sequence[str], header: str = "") -> str:
        """The text as the person reads it."""
        filled = VARIABLE.sub(lambda found: values[int(found[1]) - 1], self.body)
        above = VARIABLE.sub(lambda _: header, self.header or "")
        return "\n\n".join(part for part in (above, filled, self.footer) if part)

    def components(self) -> list[dict[str, Any]]:
        """The template as the wire describes it."""
        parts: list[dict[str, Any]] = []
        if self.header_format != "TEXT":
            parts.append({"type": "HEADER", "format": self.header_format})
        elif self.header:
            parts.append({"type": "HEADER", "format": "TEXT", "text": self.header})
        parts.append({"type": "BODY", "text": self.body})
        if self.footer:
            parts.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            buttons = [{k: v for k, v in msgspec.to_builtins(b).items() if v is not None} for b in self.buttons]
            parts.append({"type": "BUTTONS", "buttons": buttons})
        return parts


# Who reviews them here takes words with this in them for fraud.
REFUSED_WORD = "lottery"


def review(template: Template) -> None:
    """Approves a template, or rejects it with a reason, as Meta does some time after it was handed in."""
    if REFUSED_WORD in f"{template.header or ''} {template.body}".lower():
        template.status, template.rejected_reason = "REJECTED", "SCAM"
    else:
        template.status = "APPROVED"


ANSWERS = {
    "en": ("Confirm", "I can't come", "Another time"),
    "es": ("Confirmar", "No puedo ir", "Otra hora"),
    "fr": ("Confirmer", "Je ne peux pas", "Un autre horaire"),
    "de": ("Bestätigen", "Ich kann nicht", "Anderer Termin"),
    "ar": ("تأكيد", "لا أستطيع الحضور", "موعد آخر"),
}

# One variable each in the notices: free words travel in it. A template may neither begin nor end with a variable.
SHIPPED: dict[tuple[str, Category], dict[str, str]] = {
    ("notice_utility", "UTILITY"): {
        "en": "A message from your hospital:\n\n{{1}}\n\nYou can answer here.",
        "es": "Un mensaje de su hospital:\n\n{{1}}\n\nPuede responder aquí.",
        "fr": "Un message de votre hôpital :\n\n{{1}}\n\nVous pouvez répondre ici.",
        "de": "Eine Nachricht Ihres Krankenhauses:\n\n{{1}}\n\nSie können hier antworten.",
        "ar": "رسالة من المستشفى:\n\n{{1}}\n\nيمكنكم الرد هنا.",
    },
    ("notice_marketing", "MARKETING"): {
        "en": "News from your hospital:\n\n{{1}}\n\nReply STOP to hear no more news.",
        "es": "Novedades de su hospital:\n\n{{1}}\n\nResponda STOP para no recibir más novedades.",
        "fr": "Des nouvelles de votre hôpital :\n\n{{1}}\n\nRépondez STOP pour ne plus en recevoir.",
        "de": "Neues von Ihrem Krankenhaus:\n\n{{1}}\n\nMit STOP bestellen Sie ab.",
        "ar": "أخبار من المستشفى:\n\n{{1}}\n\nأرسلوا STOP لإيقاف الأخبار.",
    },
    # 1 the patient's name, 2 the practitioner, 3 date and time, 4 the place
    ("appointment_reminder", "UTILITY"): {
        "en": "Hello {{1}}, a reminder of your visit with {{2}} on {{3}} at {{4}}. Will you come?",
        "es": "Hola {{1}}, le recordamos su visita con {{2}} el {{3}} en {{4}}. ¿Vendrá?",
        "fr": "Bonjour {{1}}, nous vous rappelons votre visite avec {{2}} le {{3}} à {{4}}. Viendrez-vous ?",
        "de": "Guten Tag {{1}}, wir erinnern an Ihren Termin bei {{2}} am {{3}}, {{4}}. Kommen Sie?",
        "ar": "مرحبا {{1}}، نذكركم بموعدكم مع {{2}} يوم {{3}} في {{4}}. هل ستحضرون؟",
    },
    ("appointment_confirmation", "UTILITY"): {
        "en": "Hello {{1}}, your visit with {{2}} is booked for {{3}} at {{4}}. See you then!",
        "es": "Hola {{1}}, su visita con {{2}} está reservada para el {{3}} en {{4}}. ¡Hasta entonces!",
        "fr": "Bonjour {{1}}, votre visite avec {{2}} est réservée pour le {{3}} à {{4}}. À bientôt !",
        "de": "Guten Tag {{1}}, Ihr Termin bei {{2}} ist gebucht: {{3}}, {{4}}. Bis dann!",
        "ar": "مرحبا {{1}}، تم حجز موعدكم مع {{2}} يوم {{3}} في {{4}}. إلى اللقاء!",
    },
}


class Templates:
    """The registry, by name and language."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str], Template] = {}
        for (name, category), bodies in SHIPPED.items():
            for language, body in bodies.items():
                buttons = []
                if name == "appointment_reminder":
                    buttons = [TemplateButton(type="QUICK_REPLY", text=text) for text in ANSWERS[language]]
                self.add(name=name, language=language, category=category, body=body, buttons=buttons)
                if language == "en":
                    self.add(name=name, language="en_US", category=category, body=body, buttons=buttons)

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())

    def get(self, name: str, language: str) -> Template | None:
        """The template of that name in exactly that language."""
        return self._templates.get((name, language))

    def add(
        self,
        *,
        name: str,
        language: str,
        category: Category,
        body: str,
        header: str | None = None,
        header_format: HeaderFormat = "TEXT",
        footer: str | None = None,
        buttons: Sequence[TemplateButton] = (),
        status: str = "APPROVED",
    ) -> Template:
        """Takes a template in."""
        template = Template(
            id=str(300000000000001 + len(self._templates)),
            name=name,
            language=language,
            category=category,
            body=body,
            header=header,
            header_format=header_format,
            footer=footer,
            buttons=list(buttons),
            status=status,
        )
        self._templates[name, language] = template
        return template
