"""A mail as the answer to the frame that shows it on a page (`mail_seen.js`), as wide as a phone or a desktop."""

from litestar import Response

# Mail brings its own styles, which the page's policy forbids; so it is shown in a frame of its own without any script.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'; sandbox"
)
# the page turns the frame's colours round, as programs do that darken mail; pictures they leave as they are
_PICTURES_STAY = "<style>img{filter:invert(1) hue-rotate(180deg)}</style>"


def in_a_frame(html: str | None, *, dark: bool) -> Response[str]:
    """A mail for its frame, an empty page where there is none; `dark`: for a frame whose colours are turned round."""
    shown = html or "<!doctype html>"
    return Response(
        shown + _PICTURES_STAY if dark else shown,
        media_type="text/html",
        headers={"Content-Security-Policy": MAIL_POLICY},
    )
