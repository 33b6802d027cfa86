"""What handlers take from paths and queries: whole numbers that the database holds, and names as callers know them."""

from dataclasses import replace
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.typing import FieldDefinition
from msgspec import Meta

SMALLEST, LARGEST = -(2**63), 2**63 - 1  # of PostgreSQL's bigint, which ids are


def hold_whole_numbers(handler: HTTPRouteHandler) -> None:
    """Sees to it that a number which no bigint can be is a 422 with a pointer, in every path and query of the handler.

    Litestar forgets the bounds of a type that may be None as well (`Id | None`): such a number went on to the database,
    and an answer that had begun by then broke off. A number with no bounds of its own gets the database's.
    """
    parameters: dict[str, Any] = handler.parsed_fn_signature.parameters
    for name, field in parameters.items():
        known = field.kwarg_definition
        number = _number_of(field)
        if number is None or not isinstance(known, ParameterKwarg):
            continue
        said: list[Any] = [known, *(each for each in number.metadata if isinstance(each, Meta))]
        least = [each.ge for each in said if each.ge is not None]
        most = [each.le for each in said if each.le is not None]
        bounds = replace(known, ge=max([SMALLEST, *least]), le=min([LARGEST, *most]))
        parameters[name] = replace(field, kwarg_definition=bounds)


def _number_of(field: FieldDefinition) -> Any:
    """The field or the part of it that is a whole number, where it is nothing else but None."""
    parts = [part for part in field.inner_types if not part.is_none_type] if field.is_union else [field]
    return parts[0] if len(parts) == 1 and parts[0].annotation is int else None


def outside_names(handler: Any) -> dict[str, str]:
    """What a handler's parameters are called where they are sent (`hospitalId` for `hospital_id`), if otherwise.

    None is taken too: of a request that no handler was found for.
    """
    if not isinstance(handler, HTTPRouteHandler):
        return {}
    parameters = handler.parsed_fn_signature.parameters.items()
    return {
        name: field.kwarg_definition.name
        for name, field in parameters
        if isinstance(field.kwarg_definition, ParameterKwarg) and field.kwarg_definition.name
    }
