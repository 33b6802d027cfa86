"""The vendored browser libraries are what the manifest says, and our pages ask nothing of the outside."""

import hashlib
import json
import re
from pathlib import Path

from bedside.portal.static_files import FOLDER

PORTAL = FOLDER.parent
VENDOR = FOLDER / "vendor"


def test_every_vendored_file_is_the_one_whose_hash_was_pinned() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    pinned = {path: digest for package in manifest["packages"] for path, digest in package["files"].items()}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == pinned
    assert all(package["version"] and package["licence"] for package in manifest["packages"])


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons" / "icons.svg").read_text()))
    rooms = PORTAL.parent
    named: set[str] = set()
    for path in [*rooms.glob("*/pages/**/*.html"), *rooms.glob("*/*.py")]:
        named.update(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", path.read_text()))
    assert len(named) > 10
    assert named <= sprite


def test_pages_carry_no_inline_script_style_or_anything_from_outside() -> None:
    pages = [*PORTAL.parent.glob("*/pages/**/*.html"), *Path(__file__).parent.glob("gallery_pages/**/*.html")]
    assert pages
    forbidden = {
        "a style attribute": r"\sstyle=",
        "an inline script": r"<script(?![^>]*\ssrc=)",
        "an inline style sheet": r"<style",
        "an event attribute": r"\son[a-z]+=[\"']",
        "hx-on, which evaluates text": r"hx-on",
        "js: values, which evaluate text": r"[\"'\s]js:",
        "a filtered trigger, which evaluates text": r"hx-trigger=\"[^\"]*\[",
        "an address outside": r"(?:src|href)=[\"'](?:https?:)?//",
    }
    faults = [
        f"{path.name}: {name}"
        for path in pages
        for name, pattern in forbidden.items()
        if re.search(pattern, path.read_text())
    ]
    assert faults == []
