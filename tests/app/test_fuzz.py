"""What the OpenAPI document promises, held to by thousands of made-up requests: no 500, and answers as documented.

Against a live server and as an administrator, so that nothing is refused before it is looked at. Half a minute here;
`--long` searches for longer, and never the same way twice.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from bedside.accounts import Role
from bedside.accounts.tokens import access_token
from bedside.app import create_app
from bedside.kit.clock import SystemClock
from bedside.settings import Settings

SECRET_KEY = "a secret key for tests, long enough to sign"
SHARES = 4  # of the operations, so that they are tried in several processes
EXAMPLES = 10
EXAMPLES_LONG = 300
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application behind uvicorn, on a database of its own; its address."""
    folder: Path = tmp_path_factory.mktemp("data")
    app = create_app(Settings(data=folder, secret_key=SECRET_KEY, database_url=database_url, log_format="json"))
    config = uvicorn.Config(app, port=0, log_level="error", access_log=False, loop="asyncio", ws="none")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        thread.join(0.02)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


def is_no_fault(case: Any, failure: str) -> bool:
    """Whether it is a list of one in the query, which looks on the wire like the one value that it should have been.

    Lists of none or of several are no such thing: they count.
    """
    named = re.search(r"parameter `(\w+)` in query - violates `type`.*became array", failure)
    given = (case.query or {}).get(named.group(1)) if named else None
    return isinstance(given, list) and len(given) == 1


# the server's thread draws random numbers too (waits, keys), which hypothesis would take for a strategy's doing
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("share", range(SHARES))
def test_made_up_requests_are_answered_as_the_document_says(
    server: str, request: pytest.FixtureRequest, share: int
) -> None:
    long = bool(request.config.getoption("--long"))
    token = access_token(secret_key=SECRET_KEY, now=SystemClock().now(), role=Role.ADMIN)
    headers = {"authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_url(f"{server}/api/openapi.json")
    wrong: dict[str, str] = {}
    for found in islice(schema.get_all_operations(), share, None, SHARES):
        operation = found.ok()
        made_up = operation.as_strategy()  # as the document says
        with suppress(Unsatisfiable):
            made_up |= operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)  # and otherwise

        @settings(
            max_examples=EXAMPLES_LONG if long else EXAMPLES,
            deadline=None,
            derandomize=not long,
            database=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=made_up)
        def answers_well(case: Any) -> None:
            response = case.call(headers=headers, timeout=20)
            try:
                case.validate_response(response, headers=headers, checks=CHECKS)
            except (Failure, FailureGroup) as failure:
                if told := [
                    each for each in getattr(failure, "exceptions", [failure]) if not is_no_fault(case, str(each))
                ]:
                    raise FailureGroup(told) from None

        try:
            answers_well()
        except (Failure, FailureGroup) as failure:
            wrong[operation.label] = "\n".join(str(each) for each in getattr(failure, "exceptions", [failure]))
    assert not wrong, "\n\n".join(f"{label}\n{what}" for label, what in wrong.items())
