"""Tables of revenue as people hand them in, and what their columns may be called (kit/table_files.py reads them)."""

from collections.abc import Iterator
from pathlib import Path

from bedside.kit import table_files
from bedside.kit.table_files import LARGEST, TableRow, TableUnreadable

# What columns may be called, in small letters without blanks and accents.
_NAMES = {
    "revenueon": "revenue_on", "date": "revenue_on", "day": "revenue_on", "servicedate": "revenue_on",
    "fecha": "revenue_on", "datum": "revenue_on",
    "amount": "amount", "importe": "amount", "betrag": "amount", "total": "amount",
    "currency": "currency", "moneda": "currency", "wahrung": "currency",
    "kind": "kind", "type": "kind",
    "hospital": "hospital", "hospitalid": "hospital", "site": "hospital",
    "department": "department", "departmentid": "department_id", "departamento": "department",
    "abteilung": "department",
    "serviceline": "service_line", "service": "service_line", "line": "service_line",
    "description": "description", "text": "description", "descripcion": "description",
    "externalid": "external_id", "invoice": "external_id", "invoicenumber": "external_id", "id": "external_id",
    "reference": "external_id",
    "period": "period", "month": "period", "bookedin": "period",
    "corrects": "corrects",
    "source": "source",
}  # fmt: skip
NEEDED = ("revenue_on", "amount")
COLUMNS = table_files.Columns(
    names=_NAMES,
    needed=NEEDED,
    example="date, amount, currency, hospital, department, service line, kind, description, external id",
)


def rows_of(path: Path) -> Iterator[TableRow]:
    """The rows of a file, empty ones left out. Raises TableUnreadable (422)."""
    return table_files.rows_of(path, COLUMNS)


__all__ = ["LARGEST", "NEEDED", "TableRow", "TableUnreadable", "rows_of"]
