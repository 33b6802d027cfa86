"""Who acts on the command line: somebody of the staff, by the address that they sign in with."""

from bedside.accounts.permissions import Permission, SignedIn
from bedside.accounts.store import staff_names
from bedside.kit.database import Tx
from bedside.kit.http.problems import Forbidden


async def somebody(tx: Tx, email: str, permission: Permission) -> SignedIn:
    """Who signs in with an address, as a request would know them. Raises Forbidden where nobody does, or may not."""
    for one in await staff_names(tx):
        if one.email == email.strip().lower():
            who = SignedIn(
                kind="staff", id=one.id, name=one.name, role=one.role, hospital_ids=one.hospitals, language=one.language
            )
            if who.may(permission):
                return who
            raise Forbidden(f"{one.name} may not do this ({permission}).", next_step="Name somebody who may.")
    raise Forbidden(f"Nobody signs in with {email}.", next_step="Look at the list of staff for the address.")
