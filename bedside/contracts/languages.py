"""Which language a party reads a contract's page in, and its words. Pure."""

from collections.abc import Callable, Mapping

from bedside.contracts import words_ar, words_en, words_es

COOKIE = "bedside_language"
LANGUAGES: dict[str, Mapping[str, str]] = {"en": words_en.WORDS, "es": words_es.WORDS, "ar": words_ar.WORDS}


def spoken(*wishes: str | None, accepted: str = "") -> str:
    """The first wish that we speak (`es-MX` is `es`), else the first of an Accept-Language header, else English."""
    accepted_tags = [part.partition(";")[0].strip() for part in accepted.split(",")[:20]]
    for wish in [*wishes, *accepted_tags]:
        if wish and (short := wish.split("-")[0].lower()) in LANGUAGES:
            return short
    return "en"


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`: `t("gets", party="Harbor Health", percent="70%")`."""
    there = LANGUAGES[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t
