"""Whether a link was followed, or a picture fetched, by a machine: filters that look into mail before people do,
previews of chat programs, proxies that fetch everything beforehand. Pure; what is not sure counts as a person's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

Machine = Literal["", "head", "prefetcher", "too_soon", "burst"]

# Nobody reads mail within so long of its delivery; filters follow its links at once.
TOO_SOON = timedelta(seconds=5)
# Nobody follows several links of one mail within so long.
BURST = timedelta(seconds=1)

# Parts of names by which programs call themselves that fetch without anybody having looked. Gmail's picture proxy
# (GoogleImageProxy) is not among them: it fetches when the mail is opened.
_PREFETCHERS = (
    "bot", "crawler", "spider", "preview", "facebookexternalhit", "whatsapp/", "skypeuripreview", "slack-imgproxy",
    "barracuda", "proofpoint", "mimecast", "bitdefender", "safelinks", "symantec", "trendmicro", "fireeye", "cisco",
    "sophos", "avast", "kaspersky", "forcepoint", "zscaler", "microsoft office existence discovery", "headlesschrome",
    "phantomjs", "curl/", "wget/", "python-requests", "python-httpx", "aiohttp", "go-http-client", "okhttp", "java/",
    "libwww-perl", "apache-httpclient", "node-fetch", "axios/",
)  # fmt: skip
# Apple's Mail fetches every picture through its proxy, opened or not, and calls itself by this alone.
_APPLE_PROXY = "mozilla/5.0"


def machine(*, method: str, headers: Mapping[str, str], at: datetime, arrived_at: datetime | None) -> Machine:
    """Why a request was a machine's; empty for what may be a person's. `arrived_at`: when the provider took the
    message, or it was delivered; None while nobody has said so yet."""
    if method.upper() == "HEAD":
        return "head"
    name = headers.get("user-agent", "").strip().lower()
    purposes = " ".join(headers.get(one, "") for one in ("purpose", "sec-purpose", "x-purpose", "x-moz")).lower()
    if "prefetch" in purposes or "preview" in purposes or "prerender" in purposes:
        return "prefetcher"
    if not name or name == _APPLE_PROXY or any(part in name for part in _PREFETCHERS):
        return "prefetcher"
    if arrived_at is None or at - arrived_at < TOO_SOON:
        return "too_soon"
    return ""
