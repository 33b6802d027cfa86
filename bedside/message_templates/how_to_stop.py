"""Whether news by SMS says how to end it, which carriers ask for, and the words that do. Pure.

CANCEL is never among them: in a hospital people take it for their visit.
"""

import re

from bedside.message_templates.languages import choose

HOW = {"en": "Reply STOP to end.", "es": "Responda STOP para terminar.", "ar": "أرسل STOP للإيقاف."}
_SAYS = re.compile(
    r"\b(?:STOP|ALTO|BAJA|PARAR|QUIT|UNSUBSCRIBE)\b|links\.(?:unsubscribe|preferences)|إيقاف|أوقف|قف\b", re.UNICODE
)
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_SPANISH = re.compile(r"[¿¡ñáéíóú]|\b(?:para|su|con|hoy|esta|este|por)\b", re.IGNORECASE)


def words_to_stop(text: str, *, language: str | None = None) -> str | None:
    """What to put at the end of an SMS so that it says how to end such news; None where it says so already, or says
    nothing yet. Without a `language` it is heard from the words themselves."""
    if not text.strip() or _SAYS.search(text):
        return None
    spoken = choose(language, HOW) if language else None
    if spoken is None:
        spoken = "ar" if _ARABIC.search(text) else "es" if len(_SPANISH.findall(text)) > 1 else "en"
    return HOW[spoken]
