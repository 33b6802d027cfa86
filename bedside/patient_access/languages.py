"""Which language a patient reads, and its words. Pure."""

from collections.abc import Callable, Mapping

from bedside.kit.languages import COOKIE, locale_of, spoken
from bedside.patient_access import words_ar, words_en, words_es

__all__ = ["COOKIE", "LANGUAGES", "locale_of", "spoken", "words"]

LANGUAGES: dict[str, Mapping[str, str]] = {"en": words_en.WORDS, "es": words_es.WORDS, "ar": words_ar.WORDS}


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`: `t("book_title")`, `t("with", name="Dr. Smith")`."""
    there = LANGUAGES[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t
