"""The settings page of how each hospital's mail looks."""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import brands, pictures
from bedside.message_templates.brand_model import SITES, Brand, BrandGiven, Font, Site
from bedside.message_templates.routes_brands import LARGEST_BODY, Id, files_of

Person = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.TEMPLATES_EDIT)]
COLOURS = ("main", "text_on_main", "accent")
_FIELDS = (*COLOURS, "font", "footer", "links")
_WORDS = dict.fromkeys(COLOURS, "Give a colour such as #0b6b70.") | {"links": "Addresses begin with https://."}
FONTS = [
    (Font.SYSTEM, "As the reader's device has it"), (Font.ARIAL, "Arial"), (Font.VERDANA, "Verdana"),
    (Font.TAHOMA, "Tahoma"), (Font.TREBUCHET, "Trebuchet"), (Font.GEORGIA, "Georgia"),
]  # fmt: skip


@get("/settings/brands", guards=EDIT, include_in_schema=False)
async def brands_page(request: Person, tx: Transaction) -> Template:
    """How mail looks at each hospital of theirs."""
    places = await hospitals(tx, ids=request.user.hospitals)
    shown = [(place, await brands.brand_of(tx, hospital_id=place.id)) for place in places]
    name = "brand_list" if "x-quiet" in request.headers else "brands"
    return Template(f"message_templates/{name}.html", context={"shown": shown, "fonts": dict(FONTS)})


@get("/settings/brands/{hospital_id:int}", guards=EDIT, include_in_schema=False)
async def brand_dialog(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for one hospital."""
    request.user.check_works_at(hospital_id)
    found = await brands.brand_of(tx, hospital_id=hospital_id)
    values = {name: getattr(found, name) for name in (*COLOURS, "font", "footer", "version")}
    values |= {f"link_{one.site}": one.url for one in found.links}
    return await _form(tx, found, values, {})


async def _form(tx: Tx, brand: Brand, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "place": await hospital(tx, brand.hospital_id),
        "brand": brand,
        "values": values,
        "errors": errors,
        "fonts": FONTS,
        "sites": list(SITES.items()),
    }
    return Template("message_templates/brand_form.html", context=context, status_code=422 if errors else 200)


@post(
    "/settings/brands/{hospital_id:int}",
    guards=EDIT,
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_BODY,
)
async def save_brand(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps what was set, with a logo that came along; or draws the form again with what was wrong."""
    request.user.check_works_at(hospital_id)
    found = await brands.brand_of(tx, hospital_id=hospital_id)
    fields = await fields_of(request)
    values: dict[str, Any] = {name: fields.get(name, "") for name in (*COLOURS, "font", "footer", "version")}
    links = {site: fields.get(f"link_{site}", "") for site in Site}
    values |= {f"link_{site}": url for site, url in links.items()}
    logo = (await request.form()).get("logo")
    try:
        async with tx.savepoint():
            given = {name: values[name] for name in (*COLOURS, "font", "footer")} | {
                "links": [{"site": site.value, "url": url} for site, url in links.items() if url],
                "logo_id": None if "without_logo" in fields else found.logo_id,
            }
            if isinstance(logo, UploadFile) and logo.filename:
                place = await hospital(tx, hospital_id)
                added = await pictures.add(
                    tx, files=files_of(request), name=logo.filename, content=await logo.read(),
                    words=f"Logo of {place.name}"[:300], actor=request.user,
                )  # fmt: skip
                given["logo_id"] = added.id
            kept = await brands.set_brand(
                tx, hospital_id=hospital_id, given=read_as(BrandGiven, given, _WORDS),
                expected_version=number_in(values["version"]), actor=request.user,
            )  # fmt: skip
    except Wrong as wrong:
        return await _form(tx, found, values, wrong.errors)
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        said = told(problem, (*_FIELDS, "picture"))
        errors = {"logo" if name == "picture" else name: words for name, words in said.items()}
        return await _form(tx, found, values, errors)
    badly = [one.what.lower() for one in kept.contrasts if not one.enough]
    text = f"Hard to read: {', '.join(badly)}." if badly else "Mail that leaves from now on has it."
    return Template(
        "message_templates/brand_saved.html",
        context={"text": text, "badly": badly},
        # the list is told first: what tells it is gone with the dialog
        headers={"HX-Trigger": '{"settings": {}, "dialog:close": {}}'},
    )


BRAND_PAGES = [brands_page, brand_dialog, save_brand]
