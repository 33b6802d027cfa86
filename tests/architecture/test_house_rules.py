"""The habits of the house, read off the source: a change that breaks one is told which and where."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "bedside"
SOURCES = sorted(path for path in HOUSE.rglob("*.py") if "/static/" not in str(path))
MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
ROOMS = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()} - {"kit", "portal", "sandbox"}
EDGES = {"app.py", "worker.py", "__main__.py"}  # which may enter a room by what it is made of, listed here
MOUNTED = {"routes", "pages", "tasks", "webhooks", "events"}
AT_THE_DOOR = {"authentication", "cookies", "csrf", "gate", "permissions"}  # accounts', which app puts before all rooms


def where(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def trees(of: Callable[[Path], bool] = lambda _: True) -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        if of(path):
            yield path, ast.parse(path.read_text(), filename=str(path))


def imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str, list[str]]]:
    """Every import: the statement, the module, and the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, []
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node, node.module, [alias.name for alias in node.names]


def called(node: ast.AST) -> str:
    """The dotted name that is called or read, `datetime.now` for example; empty where it has none."""
    return ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""


def test_no_file_is_longer_than_400_lines() -> None:
    long = {where(path): lines for path in SOURCES if (lines := len(path.read_text().splitlines())) > 400}
    assert not long, f"split these by what they do: {long}"


def test_no_file_is_named_for_nothing_in_particular() -> None:
    vague = {"service", "services", "util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
    found = [where(path) for path in SOURCES if path.stem in vague or path.parent.name in vague]
    assert not found, f"name these after what they do: {found}"


def test_another_room_is_entered_by_its_front_door() -> None:
    wrong = []
    for path, tree in trees():
        own = path.relative_to(HOUSE).parts[0]
        for node, module, _ in imported(tree):
            parts = module.split(".")
            if parts[0] != "bedside" or len(parts) < 3 or parts[1] not in ROOMS or parts[1] == own:
                continue
            mounted = own in EDGES and parts[2] in MOUNTED
            at_the_door = own == "app.py" and parts[1] == "accounts" and parts[2] in AT_THE_DOOR
            past = own == "demo" and parts[2] == "history"  # the demonstration's past is written, not lived through
            if not mounted and not at_the_door and not past:
                wrong.append(f"{where(path, node)} enters {module}: import from bedside.{parts[1]}")
    assert not wrong, "\n".join(wrong)


def test_a_front_door_is_short_and_says_what_may_be_used() -> None:
    wrong = []
    for path, tree in trees(lambda path: path.name == "__init__.py" and path.parent.name in ROOMS):
        names = [node for node in tree.body if isinstance(node, ast.Assign) and called(node.targets[0]) == "__all__"]
        others = [
            node
            for node in tree.body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign) and not isinstance(node, ast.Expr)
        ]
        if tree.body[1:] and (not names or others):
            wrong.append(where(path))
    assert not wrong, f"these front doors hold code, or no __all__: {wrong}"


SQL = re.compile(
    r"^\s*(with\s+\w+.*\bas\s*\(|select\s+.+|insert\s+into\s+\w+|update\s+\w+[\w.]*\s+set\s+|delete\s+from\s+\w+"
    r"|create\s+(table|index|unique|database)\s|alter\s+table\s|truncate\s)",
    re.IGNORECASE | re.DOTALL,
)
# what makes or looks at databases rather than at what is in them
ABOUT_DATABASES = {"kit/embedded/server.py", "kit/migrating.py", "kit/checking.py", "kit/database.py"}


def test_sql_lives_in_store_files() -> None:
    wrong = []
    for path, tree in trees(lambda path: "store" not in path.stem.split("_")):
        within = str(path.relative_to(HOUSE))
        if within in ABOUT_DATABASES or within.startswith("kit/store") or "/store/" in within:
            continue
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in prose else None
            if isinstance(text, str) and SQL.match(text) and re.search(r"\b(from|into|set|table|index)\b", text, re.I):
                wrong.append(f"{where(path, node)}: {text.strip()[:60]!r}")
    assert not wrong, "SQL outside a store file:\n" + "\n".join(wrong)


def test_only_settings_reads_the_environment() -> None:
    # the command line hands its environment to the processes it starts; the embedded database gives its own a PATH
    allowed = {"settings.py", "__main__.py", "kit/embedded/server.py"}
    wrong = []
    for path, tree in trees(lambda path: str(path.relative_to(HOUSE)) not in allowed):
        for node in ast.walk(tree):
            if called(node) in ("os.environ", "os.getenv", "environ", "getenv"):
                wrong.append(where(path, node))
    assert not wrong, f"read this in bedside/settings.py and hand it down: {wrong}"


def test_only_the_clock_reads_the_time() -> None:
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    wrong = []
    for path, tree in trees(lambda path: str(path.relative_to(HOUSE)) != "kit/clock.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = (
                    called(node.func).removeprefix("datetime.")
                    if "datetime.d" in called(node.func)
                    else called(node.func)
                )
                if name in clocks:
                    wrong.append(where(path, node))
            elif (
                "store" in path.stem.split("_")
                and isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.search(r"\b(now\(\)|current_timestamp|current_date|clock_timestamp\(\))", node.value)
            ):
                wrong.append(f"{where(path, node)} (in SQL: use %(now)s)")
    assert not wrong, f"take the time from the transaction or the clock: {wrong}"


def test_transactions_begin_only_at_the_edge() -> None:
    """Verbs and stores are handed their transaction: only what faces a request or a timer may begin one."""
    inner = {"store", "model", "events"}
    wrong = []
    for path, tree in trees(lambda path: path.relative_to(HOUSE).parts[0] in ROOMS and path.stem in inner):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node.func).endswith((".transaction", ".commit", ".rollback")):
                wrong.append(where(path, node))
    assert not wrong, f"these begin or end a transaction: {wrong}"


def test_the_sandbox_knows_nothing_of_the_product_but_kit() -> None:
    wrong = []
    for path, tree in trees(lambda path: path.relative_to(HOUSE).parts[0] == "sandbox"):
        for node, module, names in imported(tree):
            reached = [f"{module}.{name}" for name in names] if module == "bedside" else [module]
            for name in reached:
                if name.startswith("bedside.") and name.split(".")[1] not in ("sandbox", "kit"):
                    wrong.append(f"{where(path, node)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_every_migration_can_be_undone() -> None:
    names = {path.name for path in MIGRATIONS}
    missing = [
        name
        for name in names
        if not name.endswith(".rollback.sql") and name.replace(".sql", ".rollback.sql") not in names
    ]
    assert not missing, f"write a .rollback.sql for: {missing}"


# What a strict Content-Security-Policy would refuse, and what would make it less strict.
INLINE = {
    "a script in the page": re.compile(
        r"<script(?![^>]*\b(src=|type=[\"'](application/json|importmap)))", re.IGNORECASE
    ),
    "a handler in an attribute": re.compile(r"<[a-z][^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE),
    "a style in an attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "a style in the page": re.compile(r"<style", re.IGNORECASE),
    "code in an htmx value": re.compile(r"hx-[a-z-]+\s*=\s*[\"'](js|javascript):", re.IGNORECASE),
    "something from another host": re.compile(
        r"<(script|link|img)[^>]*\s(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
    ),
}
TEMPLATES = sorted(
    path for ending in ("*.html", "*.jinja", "*.j2") for path in HOUSE.rglob(ending) if "static" not in path.parts
)


@pytest.mark.parametrize("rule", INLINE)
def test_templates_hold_no_code(rule: str) -> None:
    wrong = []
    for path in TEMPLATES:
        # what Jinja reads is no HTML: comments, and conditions such as `if one == other`
        text = re.sub(
            r"\{[#%].*?[#%]\}", lambda found: "\n" * found.group().count("\n"), path.read_text(), flags=re.DOTALL
        )
        for found in INLINE[rule].finditer(text):
            wrong.append(
                f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}: {found.group()[:80]!r}"
            )
    assert not wrong, f"{rule}:\n" + "\n".join(wrong)


def test_what_is_committed_names_no_index_and_no_address() -> None:
    wrong = []
    for path in [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if "://" in line or line.startswith("-"):
                wrong.append(f"{path.name}:{number}: {line}")
    assert not wrong, "\n".join(wrong)
