"""A form's fields as one of our structs, or what is wrong with each, in words for who fills it in."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request

from bedside.kit.http.problems import Problem
from bedside.kit.http.request import pointer_of

T = TypeVar("T", bound=msgspec.Struct)


class Wrong(Exception):
    """What is wrong, by field; under `""` what belongs to no field of the form."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


async def fields_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The form's single fields, trimmed but for passwords."""
    form = await request.form()
    return {
        name: value if "password" in name else value.strip() for name, value in form.items() if isinstance(value, str)
    }


def number_in(text: object) -> int | None:
    """A number from 0 up as a form or an address writes it (an id, a version); None for anything else."""
    words = str(text)
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else None


async def numbers_of(request: Request[Any, Any, Any], name: str) -> list[int]:
    """Every value of a field that may be given several times, as numbers; what is none is left out."""
    form = await request.form()
    return [number for value in form.getall(name, []) if (number := number_in(value)) is not None][:1000]


def read_as(into: type[T], values: Mapping[str, Any], words: Mapping[str, str] | None = None) -> T:
    """The values (by the struct's own field names) as the struct; raises Wrong, in the `words` for a field if any."""
    spelled = dict(zip(into.__struct_fields__, into.__struct_encode_fields__, strict=True))
    try:
        return msgspec.convert({spelled[name]: value for name, value in values.items()}, into)
    except msgspec.ValidationError as error:
        text, pointer = pointer_of(str(error))
        back = {encoded: name for name, encoded in spelled.items()}
        field = back.get(pointer.strip("/").partition("/")[0], "")
        raise Wrong({field: (words or {}).get(field, text)}) from None


def told(problem: Problem, fields: tuple[str, ...]) -> dict[str, str]:
    """A problem as errors of the form's fields: where its pointer names none, under `""`."""
    words = f"{problem.detail} {problem.next_step or ''}".strip()
    for error in problem.errors:
        field = "".join("_" + letter.lower() if letter.isupper() else letter for letter in error["pointer"].strip("/"))
        if field in fields:
            return {field: words}
    return {"": words}
