"""What forms of staff and profiles say of a field that is wrong; the reading itself is the kit's."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from bedside.kit.http import forms
from bedside.kit.http.forms import Wrong, fields_of, number_in, numbers_of, told

T = TypeVar("T", bound=msgspec.Struct)

WORDS = {
    "email": "Give an email address, such as name@example.org.",
    "name": "Give a name.",
    "role": "Choose a role.",
    "password": "Ten characters or more.",
    "new_password": "Ten characters or more.",
    "present_password": "Type the password that you have now.",
    "language": "Choose a language.",
}


def read_as(into: type[T], values: Mapping[str, Any]) -> T:
    """The values (by the struct's own field names) as the struct; raises Wrong."""
    return forms.read_as(into, values, WORDS)


__all__ = ["WORDS", "Wrong", "fields_of", "number_in", "numbers_of", "read_as", "told"]
