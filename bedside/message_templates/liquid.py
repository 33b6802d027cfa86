"""Liquid as staff may write it: their text is never code. Loops and length are limited, and nothing is left blank."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError, UndefinedError
from liquid.undefined import FalsyStrictUndefined

from bedside.message_templates.model import MissingVariable, TemplateFault


class _Environment(Environment):
    # more than any message needs; a loop that somebody nests by mistake ends here, not in a stuck sender
    loop_iteration_limit = 1_000
    output_stream_limit = 200_000
    local_namespace_limit = 200_000
    block_nesting_limit = 10
    context_depth_limit = 10


# A variable without a value may be asked about (`{% if links.manage %}`) but never written.
_PLAIN = _Environment(undefined=FalsyStrictUndefined, strict_filters=True)
_HTML = _Environment(undefined=FalsyStrictUndefined, strict_filters=True, autoescape=True)

for _environment in (_PLAIN, _HTML):
    for _tag in ("include", "render"):  # there is nothing that could be included
        _environment.tags.pop(_tag, None)


@lru_cache(maxsize=2048)
def _parsed(source: str, html: bool) -> BoundTemplate:
    try:
        return (_HTML if html else _PLAIN).from_string(source)
    except LiquidError as error:
        raise TemplateFault(
            f"The text does not parse: {_said(error)}", next_step="Mend the braces or the tag."
        ) from None


def check(source: str, *, pointer: str | None = None) -> None:
    """Raises TemplateFault (422) where the text is not Liquid."""
    try:
        _parsed(source, False)
    except TemplateFault as fault:
        raise TemplateFault(fault.detail, pointer=pointer, next_step=fault.next_step) from None


def named(source: str) -> list[str]:
    """The variables that the text names from outside, dotted; what it sets itself or loops over is left out."""
    return list(_parsed(source, False).global_variable_paths()) if "{" in source else []


def asked_of_a_message(source: str) -> list[str]:
    """The same without the hospital's kit, which every mail has by itself."""
    return [name for name in named(source) if not name.startswith("brand.")]


def fill(source: str, variables: Mapping[str, Any], *, html: bool = False) -> str:
    """The text with its variables filled in, escaped for HTML where `html`.

    Raises MissingVariable (422) where one that is written has no value, TemplateFault (422) for everything else.
    """
    if "{" not in source:
        return source
    template = _parsed(source, html)
    try:
        return str(template.render(**without_blanks(variables)))
    except UndefinedError as error:
        raise MissingVariable(
            f"The text names a variable that has no value here: {_said(error)}",
            next_step="Remove the variable from the template, or put it between {% if … %} and {% endif %}.",
        ) from None
    except (LiquidError, RecursionError, TypeError, ValueError) as error:
        raise TemplateFault(f"The text could not be filled in: {_said(error)}") from None


def without_blanks(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that have a value. None and blank text have none: they would leave a hole in the sentence."""
    kept: dict[str, Any] = {}
    for name, value in variables.items():
        if name == "brand":
            kept[name] = value  # a kit without words at its foot leaves no hole in a sentence
        elif isinstance(value, Mapping):
            kept[name] = without_blanks(value)
        elif value is not None and not (isinstance(value, str) and not value.strip()):
            kept[name] = value
    return kept


def _said(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
