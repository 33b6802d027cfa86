"""The request, read strictly: `"5"` is not 5 and 5 is no date, whatever a lenient parser would make of it."""

import ipaddress
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.types import Empty, Scope

from bedside.kit.http.problems import Invalid

# "at `key` in `$.rules`" of a name that no member of `rules` may have
_LOCATION = re.compile(r" - at (?:`key` in )?`\$")
_FIELD = re.compile(r"(?:unknown|required) field `([^`]*)`")


def pointer_of(message: str) -> tuple[str, str]:
    """Splits msgspec's message into its text and the JSON pointer of the field (`$.a[0].b` is `/a/0/b`).

    A field that is missing or unknown is pointed at itself, not the object that lacks or has it.
    """
    text, *rest = _LOCATION.split(message, maxsplit=1)
    path = rest[0] if rest else ""
    pointer = path.rstrip("`").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    if field := _FIELD.search(text):
        pointer += "/" + field[1].replace("~", "~0").replace("/", "~1")
    return text, pointer


def invalid_body(error: msgspec.ValidationError | msgspec.DecodeError) -> Invalid:
    """The 422 for a body that msgspec refused."""
    text, pointer = pointer_of(str(error))
    return Invalid(
        "The body is not as it should be: " + text[:1].lower() + text[1:] + ".",
        errors=[{"pointer": pointer, "detail": text}],
        next_step="Mend the field that the pointer names; /api/docs shows the whole shape.",
    )


def read_moment(text: str | None, *, pointer: str) -> datetime | None:
    """A moment from a query, as RFC 3339 writes it, with its zone; None for None. (Litestar would take `5` for one.)

    Raises Invalid (422).
    """
    if text is None:
        return None
    try:
        moment: datetime = msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)])
        return moment
    except msgspec.ValidationError:
        raise Invalid(
            "This is no moment with its zone.", pointer=pointer, next_step="Write it as 2027-03-01T09:00:00Z."
        ) from None


def network_of(address: str | None) -> str | None:
    """The address that a request comes from, as limits count it; None for none (a test, a socket).

    Of an IPv6 address the network alone: a household is given 2^64 addresses, and would have as many limits.
    """
    try:
        read = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(read, ipaddress.IPv6Address):
        return str(read.ipv4_mapped or ipaddress.ip_network((read, 64), strict=False).network_address)
    return str(read)


def is_public(scope: Scope) -> bool:
    """Whether the route that was found is open to everybody; False where none was found."""
    handler: Any = scope.get("route_handler")
    return handler is not None and any(getattr(guard, "is_public", False) for guard in handler.resolve_guards())


class StrictRequest(Request[Any, Any, Any]):
    """Decodes a JSON body straight into the struct that the handler asks for, strictly."""

    async def json(self) -> Any:
        """The body as the handler's struct. Raises Invalid (422) with a pointer where it does not fit."""
        if self._json is Empty:
            field = self.route_handler.parsed_data_field
            wanted = field.annotation if field is not None else Any
            try:
                self._json = self._connection_state.json = msgspec.json.decode(
                    await self.body() or b"null", type=wanted
                )
            except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
                raise invalid_body(error) from None  # type: ignore[arg-type]
            except RecursionError:
                raise Invalid("The body has lists within lists, deeper than anything needs.") from None
        return self._json
