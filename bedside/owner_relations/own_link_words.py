"""What stands on the page that a link to an owner's own pages leads to, by language. The same keys in every one."""

from collections.abc import Callable

from bedside.owner_relations.survey_words import WORDS as SURVEY_WORDS

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Your pages",
        "lead": "{name}, here are your contracts, statements, payouts and messages. Nobody else sees them.",
        "open": "Open my pages",
        "how_long": "They stay open in this browser for half an hour. After that, use the link once more.",
        "until": "The link works until {day}.",
        "instead": "You are signed in as {name}. Opening these pages signs you out here.",
        "over_title": "This link has ended",
        "over_lead": "Links work for thirty days, and can be taken back. Ask us for a new one.",
        "unknown_title": "This link leads nowhere",
        "unknown_lead": "It may have been cut off on its way. Open it from the message once more, or call us.",
    },
    "es": {
        "title": "Sus páginas",
        "lead": "{name}, aquí están sus contratos, estados de cuenta, pagos y mensajes. Nadie más los ve.",
        "open": "Abrir mis páginas",
        "how_long": "Permanecen abiertas en este navegador media hora. Después, vuelva a usar el enlace.",
        "until": "El enlace funciona hasta el {day}.",
        "instead": "Ha iniciado sesión como {name}. Al abrir estas páginas, esa sesión se cierra aquí.",
        "over_title": "Este enlace ha terminado",
        "over_lead": "Los enlaces funcionan durante treinta días y pueden retirarse. Pídanos uno nuevo.",
        "unknown_title": "Este enlace no lleva a ninguna parte",
        "unknown_lead": "Quizá se cortó por el camino. Ábralo otra vez desde el mensaje o llámenos.",
    },
    "ar": {
        "title": "صفحاتكم",
        "lead": "{name}، هنا عقودكم وكشوفكم ودفعاتكم ورسائلكم. لا يراها أحد سواكم.",
        "open": "افتح صفحاتي",
        "how_long": "تبقى مفتوحة في هذا المتصفح نصف ساعة. بعد ذلك استخدموا الرابط مرة أخرى.",
        "until": "يعمل الرابط حتى {day}.",
        "instead": "أنتم مسجلون باسم {name}. فتح هذه الصفحات يسجل خروجكم هنا.",
        "over_title": "انتهى هذا الرابط",
        "over_lead": "تعمل الروابط ثلاثين يومًا ويمكن سحبها. اطلبوا منا رابطًا جديدًا.",
        "unknown_title": "هذا الرابط لا يؤدي إلى أي مكان",
        "unknown_lead": "ربما انقطع في الطريق. افتحوه من الرسالة مرة أخرى أو اتصلوا بنا.",
    },
}


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`; what the foot of the page says is the survey's."""
    there = SURVEY_WORDS[language] | WORDS[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t
