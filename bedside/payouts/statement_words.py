"""What a statement says, in the languages that owners read, and how it writes amounts, dates and percents. Pure."""

import re
from datetime import date
from decimal import Decimal

from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

from bedside.kit.languages import locale_for
from bedside.kit.money import exponent
from bedside.payouts.statement_words_ar import WORDS as ARABIC
from bedside.payouts.statement_words_en import WORDS as ENGLISH
from bedside.payouts.statement_words_es import WORDS as SPANISH

LANGUAGES = {"en": ENGLISH, "es": SPANISH, "ar": ARABIC}
RIGHT_TO_LEFT = {"ar"}

# where paper is US Letter (CLDR, supplemental data, measurementData/paperSize); A4 elsewhere
_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])

_TOUCHING = re.compile(r"([A-Za-z])(?=\d)")
_LONG = re.compile(r"\S{30,}")


def spoken(*wishes: str | None) -> str:
    """The first wish that statements are written in (`es-MX` is `es`), else English."""
    for wish in wishes:
        if wish and (short := wish.replace("_", "-").split("-")[0].lower()) in LANGUAGES:
            return short
    return "en"


def paper_of(country: str) -> str:
    """The paper that a country writes on, as Typst calls it."""
    return "us-letter" if country in _LETTER else "a4"


class Writing:
    """How a statement writes: words and dates in a language, amounts as the hospital's locale has them."""

    def __init__(self, language: str, hospital_locale: str, currency: str) -> None:
        self.language = language
        self.currency = currency
        self._words = LANGUAGES[language]
        self._amounts = locale_for(hospital_locale)
        # dates as the hospital writes them where it speaks the language, else as the language does
        self._dates = self._amounts if self._amounts.language == language else locale_for(language)

    def say(self, key: str, **values: object) -> str:
        """The words of a key."""
        return self._words[key].format(**values)

    def apart(self, text: str) -> str:
        """What somebody typed: amid Arabic it keeps a direction of its own (UAX 9, FSI), and a word longer than its
        column breaks."""
        text = _LONG.sub(lambda word: "\u200b".join(re.findall(".{1,20}", word.group())), text)
        return f"\u2068{text}\u2069" if text and self.language in RIGHT_TO_LEFT else text

    def left_to_right(self, text: str) -> str:
        """Figures amid Arabic: the sign and the currency stay before the number (UAX 9, LRI)."""
        return f"\u2066{text}\u2069" if text and self.language in RIGHT_TO_LEFT else text

    def has(self, key: str) -> bool:
        """Whether there are words for a key."""
        return key in self._words

    def money(self, units: int) -> str:
        """An amount with its currency: `$45,000.00`."""
        written = format_currency(self._decimal(abs(units)), self.currency, locale=self._amounts)
        written = written.replace("￥", "¥")  # the wide sign stands in no font but Japanese ones
        written = _TOUCHING.sub("\\1\u00a0", written)  # CLDR's currencySpacing, which babel leaves out
        whole = f"−{written}" if units < 0 else str(written)
        return self.apart(whole) if self._amounts.text_direction == "rtl" else self.left_to_right(whole)

    def figure(self, units: int) -> str:
        """An amount as it stands in a column, without its currency: `45,000.00`."""
        decimals = exponent(self.currency)
        places = "." + "0" * decimals if decimals else ""
        written = format_decimal(self._decimal(abs(units)), format=f"#,##0{places}", locale=self._amounts)
        return self.left_to_right(f"−{written}" if units < 0 else str(written))

    def percent(self, millionths: int) -> str:
        """A share of the whole: 333333 is `33.3333%`."""
        written = format_percent(Decimal(millionths).scaleb(-6), format="#,##0.####%", locale=self._amounts)
        return self.left_to_right(str(written))

    def count(self, number: int) -> str:
        """A whole number with the locale's separators."""
        return str(format_decimal(number, locale=self._amounts))

    def day(self, day: date) -> str:
        """A day, in words."""
        return format_date(day, format="long", locale=self._dates)

    def days(self, first: date, last: date) -> str:
        """Days of one month: `Jan 1 – 14`."""
        return self.apart(str(format_interval(first, last, "MMMd", locale=self._dates)))

    def month(self, day: date) -> str:
        """The month of a day: `October 2026`, `octubre de 2026`."""
        return str(format_skeleton("yMMMM", day, locale=self._dates))

    def _decimal(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-exponent(self.currency))
