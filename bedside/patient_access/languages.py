"""Which language a patient reads, and its words. Pure."""

from collections.abc import Callable, Mapping

from bedside.patient_access import words_ar, words_en, words_es

LANGUAGES: dict[str, Mapping[str, str]] = {"en": words_en.WORDS, "es": words_es.WORDS, "ar": words_ar.WORDS}
COOKIE = "bedside_language"


def spoken(*wishes: str | None, accepted: str = "") -> str:
    """The first wish that we speak (`es-MX` is `es`), else the best of an Accept-Language header, else English."""
    for wish in wishes:
        if wish and (short := wish.split("-")[0].lower()) in LANGUAGES:
            return short
    ranked = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, tag))
        except ValueError:
            continue
    for _, _, tag in sorted(ranked):
        if (short := tag.split("-")[0].lower()) in LANGUAGES:
            return short
    return "en"


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`: `t("book_title")`, `t("with", name="Dr. Smith")`."""
    there = LANGUAGES[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t


def locale_of(language: str, hospital_locale: str) -> str:
    """How dates and times are written: as the hospital does where it speaks the language, else as the language does."""
    return hospital_locale if hospital_locale.replace("_", "-").split("-")[0] == language else language
