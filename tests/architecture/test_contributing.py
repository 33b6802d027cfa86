"""CONTRIBUTING.md says exactly which files a new room, page or provider touches. Here the house is held against it."""

import re
import tomllib
from pathlib import Path

from bedside.app import ROOMS
from bedside.portal.navigation import ENTRIES

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "bedside"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
NOT_ROOMS = {"kit", "portal", "sandbox", "demo", "event_log"}  # event_log has no model of its own kind: it is the log
ALL_ROOMS = {path.parent.name for path in HOUSE.glob("*/__init__.py")} - NOT_ROOMS
READ_ONLY = {"analytics"}


def listed(heading: str) -> list[str]:
    """The paths in the tables under a heading."""
    section = GUIDE.split(f"## {heading}\n")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    return [path for cell in first_cells for path in re.findall(r"`([^`]+)`", cell)]


def test_every_room_has_the_files_that_a_room_has() -> None:
    missing = []
    for room in sorted(ALL_ROOMS):
        for pattern in listed("Add a room")[:6]:
            wanted = pattern.replace("<room>", room).replace("NNNN", "[0-9][0-9][0-9][0-9]")
            if wanted.startswith("migrations/") and room in READ_ONLY:
                continue
            if not list(ROOT.glob(wanted.rstrip("/"))):
                missing.append(wanted)
    assert not missing


def test_every_room_has_its_place_among_the_layers_and_is_mounted() -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    assert placed >= ALL_ROOMS
    mounted = {path.parent.name for name in ("routes.py", "pages.py") for path in HOUSE.glob(f"*/{name}")}
    assert mounted - {"sandbox", "portal"} <= set(ROOMS)


def test_every_provider_has_the_same_files() -> None:
    wanted = {Path(path).name for path in listed("Add a channel's provider") if "<provider>/" in path}
    assert wanted == {"__init__.py", "wire.py", "errors.py", "webhooks.py"}
    for provider in (HOUSE / "messaging" / "providers").iterdir():
        if provider.is_dir() and provider.name != "__pycache__":
            have = {path.name for path in provider.glob("*.py")}
            assert wanted <= have, f"{provider.name} lacks {wanted - have}"


def test_every_template_of_a_room_lies_where_the_guide_says() -> None:
    assert "bedside/<room>/pages/<room>/<page>.html" in listed("Add a page")
    strays = [
        str(path.relative_to(ROOT))
        for path in HOUSE.glob("*/pages/**/*.html")
        if path.relative_to(HOUSE).parts[0] != path.relative_to(HOUSE).parts[2]
    ]
    assert not strays


def test_every_line_of_the_navigation_leads_somewhere() -> None:
    paths = {path for file in HOUSE.glob("*/pages*.py") for path in re.findall(r'"(/[^"{]*)"', file.read_text())}
    assert {entry.path for entry in ENTRIES} <= paths


def test_the_files_that_a_list_names_outright_are_there() -> None:
    named = [path for heading in ("Add a room", "Add a page", "Add a channel's provider") for path in listed(heading)]
    outright = [path for path in named if "<" not in path and "NNNN" not in path]
    assert outright
    assert not [path for path in outright if not (ROOT / path).exists()]
