"""QR codes. Pure."""

import io

import segno


def qr_svg(text: str) -> bytes:
    """The QR code of a text as SVG, black on white whatever the page around it: scanners want it so."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return out.getvalue()


def qr_png(text: str) -> bytes:
    """The same as PNG, for mail and for printing."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=10, border=4, dark="#000", light="#fff")
    return out.getvalue()
