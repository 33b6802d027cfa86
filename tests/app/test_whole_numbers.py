"""A number that the database cannot hold is a problem that names it, wherever a path or a query takes a number."""

from dataclasses import dataclass
from types import NoneType

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg

from bedside.kit.http.parameters import outside_names
from tests.web import AsRole
from tests.world import SmallWorld

BEYOND = 2**63  # one more than a bigint


@dataclass(frozen=True)
class Number:
    """A parameter that takes whole numbers: of which handler, where, and what it is called there."""

    handler: HTTPRouteHandler
    path: str
    name: str
    sent_as: str
    in_path: bool


def numbers_of(app: Litestar) -> list[Number]:
    """Every one of the application, read from its route table so that none is forgotten."""
    found = []
    for route in app.routes:
        for handler, _ in getattr(route, "route_handler_map", {}).values():
            names = outside_names(handler)
            for name, field in handler.parsed_fn_signature.parameters.items():
                kinds = {part.annotation for part in field.inner_types} or {field.annotation}
                if isinstance(field.kwarg_definition, ParameterKwarg) and kinds in ({int}, {int, NoneType}):
                    in_path = name in route.path_parameters
                    found.append(Number(handler, route.path_format, name, names.get(name, name), in_path))
    return found


def test_every_number_is_held_to_what_the_database_holds(app: Litestar) -> None:
    numbers = numbers_of(app)
    assert len(numbers) > 500
    taken = []
    for number in numbers:
        try:
            msgspec.convert(str(BEYOND), number.handler.signature_model.__annotations__[number.name], strict=False)
        except msgspec.ValidationError:
            continue
        taken.append(f"{number.handler} takes any {number.name}")
    assert not taken, "\n".join(taken)


async def test_no_download_breaks_off_for_a_number_too_large(app: Litestar, as_role: AsRole, world: SmallWorld) -> None:
    headers = await as_role("admin")
    transport = httpx.ASGITransport(app)  # an answer that breaks off raises
    tried = 0
    async with httpx.AsyncClient(transport=transport, base_url="http://bedside.test", headers=headers) as client:
        for number in numbers_of(app):
            if number.in_path or not number.path.endswith("/export") or "{" in number.path:
                continue
            answer = await client.get(number.path, params={number.sent_as: BEYOND})
            assert answer.status_code == 422, f"{number.path} {number.sent_as}: {answer.status_code}"
            assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{number.sent_as}"]
            tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    ("path", "name"), [("/api/owners", "hospitalId"), ("/api/owners", "accountManagerId"), ("/api/tasks", "assignedTo")]
)
@pytest.mark.parametrize("id", [0, -1, BEYOND])
async def test_the_bounds_of_an_id_hold_where_it_may_be_left_out(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, path: str, name: str, id: int
) -> None:
    client.headers.update(await as_role("admin"))
    answer = await client.get(path, params={name: id})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")
    assert (await client.get(path, params={name: BEYOND - 1})).status_code == 200
