"""What a file is, by its bytes alone: nothing that a browser might run is ever taken for something to keep."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit import file_types
from bedside.kit.file_types import file_type_of, picture_size
from bedside.kit.files import PDF, PNG


def zipped(**entries: str) -> bytes:
    """A zip file with these entries; `__` in a name stands for `/`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, content in entries.items():
            package.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def package(**entries: str) -> bytes:
    """An office document with these parts."""
    return zipped(**{"[Content_Types].xml": "<Types/>"}, **entries)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compound(*streams: str) -> bytes:
    """A document of an older office program, as far as its directory goes."""
    return OLE + bytes(504) + b"".join(f"{name}\0".encode("utf-16-le") for name in streams)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"%PDF-1.7", PDF),
        (b"ID3\x04\x00", file_types.MPEG),
        (b"\xff\xfb\x90\x00", file_types.MPEG),
        (b"\xff\xf1\x50\x80", file_types.AAC),
        (b"#!AMR\n", file_types.AMR),
        (b"OggS" + bytes(24) + b"OpusHead", file_types.OGG),
        (b"RIFF\0\0\0\0WAVEfmt ", file_types.WAV),
        (b"\0\0\0\x18ftypM4A ", file_types.M4A),
        (b"\0\0\0\x18ftypheic", file_types.HEIC),
        (b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana\r\nEND:VCARD\r\n", file_types.VCARD),
        ("Tómelo con agua.\n".encode(), file_types.PLAIN),
        ("Tómelo".encode("cp1252"), file_types.PLAIN),
        ("خذها مع الماء".encode("utf-16"), file_types.PLAIN),
        (package(**{"word__document.xml": "<document/>"}), file_types.DOCX),
        (package(**{"xl__workbook.xml": "<workbook/>"}), file_types.XLSX),
        (package(**{"ppt__presentation.xml": "<presentation/>"}), file_types.PPTX),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), file_types.ODT),
        (compound("Root Entry", "WordDocument"), file_types.DOC),
        (compound("Root Entry", "Workbook"), file_types.XLS),
        # and what is not taken
        (package(**{"word__document.xml": "<document/>", "word__vbaProject.bin": "macro"}), None),
        (compound("WordDocument", "_VBA_PROJECT"), None),
        (compound("EncryptedPackage"), None),
        (zipped(**{"run.exe": "MZ"}), None),
        (b"PK\x03\x04 and no more of it", None),
        (zipped(mimetype="text/html"), None),
        (b"\0\0\0\x18ftypisom", None),
        (b"OggS" + bytes(24) + b"\x80theora", None),
        (b"<svg onload=alert(1)>", None),
        (b"  \n<!DOCTYPE html><p>Hello", None),
        (b"Read this <script>alert(1)</script>", None),
        (b"Hello \x00 there", None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: str | None) -> None:
    assert file_type_of(content) == kind


@given(st.binary(max_size=400))
def test_whatever_comes_is_told_or_not_but_never_breaks(content: bytes) -> None:
    kind = file_type_of(content)
    picture_size(content)
    if kind in (file_types.PLAIN, file_types.VCARD):
        assert not content.lstrip().startswith(b"<")


@given(st.binary(max_size=60), st.sampled_from([b"\x89PNG", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X"]))
def test_a_header_cut_off_anywhere_tells_no_size_and_breaks_nothing(rest: bytes, beginning: bytes) -> None:
    size = picture_size(beginning + rest)
    assert size is None or min(size) >= 0


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 640, 480),
        b"GIF89a" + struct.pack("<HH", 640, 480),
        b"\xff\xd8\xff\xe0\x00\x04\0\0\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + bytes(8),
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 640, 480),
        b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14),
    ],
)
def test_how_large_a_picture_is_stands_in_its_header(content: bytes) -> None:
    assert picture_size(content) == (640, 480)
