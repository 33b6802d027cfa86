"""What `bedside doctor` looks at, and how it says it."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from bedside.kit import migrating

Say = Callable[[str], None]

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")


def check_database(url: str, *, say: Say) -> int:
    """Says which release answers, whether the extensions can be had and the migrations are done; gives the number of
    problems."""
    problems = 0
    with migrating.connect(url) as connection:
        say(f"database: PostgreSQL {connection.info.server_version // 10000}, as {connection.info.user}")
        there = {
            name
            for (name,) in connection.execute(
                "select name from pg_available_extensions where name = any(%s)", [list(EXTENSIONS)]
            )
        }
        for name in EXTENSIONS:
            if name not in there:
                problems += 1
                say(f"extension {name}: missing; install PostgreSQL's contrib package on its machine")
    missing = [name for name in migrating.names() if name not in migrating.applied(url)]
    if missing:
        problems += 1
        say(f"migrations: {len(missing)} to do; `bin/bedside migrate up` does them")
    else:
        say("migrations: all done")
    return problems


def check_reachable(name: str, address: str, *, say: Say) -> int:
    """Says whether a provider's machine takes connections; gives the number of problems."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as refused:
        say(f"{name}: {parts.hostname}, port {port}, does not answer: {refused}")
        return 1
    say(f"{name}: {parts.hostname} answers")
    return 0
