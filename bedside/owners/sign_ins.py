"""Sign-ins by which an owner sees their own pages: accounts with the role owner, made here and for one owner each."""

from bedside.accounts import NewStaffMember, Role, SignedIn, StaffMember, add_staff, end_owner_sign_in, staff_of_owner
from bedside.kit.database import Tx
from bedside.owners.model import NewSignIn
from bedside.owners.registering import locked_owner


async def sign_ins(tx: Tx, *, owner_id: int) -> list[StaffMember]:
    """Who signs in for an owner, those that were ended too."""
    return await staff_of_owner(tx, owner_id)


async def add_sign_in(tx: Tx, *, owner_id: int, new: NewSignIn, actor: SignedIn) -> tuple[StaffMember, str | None]:
    """Lets somebody sign in for an owner; gives the password that was made for them, which is shown this once.

    Raises NoSuchOwner (404), EmailTaken (409).
    """
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    member = NewStaffMember(
        email=new.email,
        name=new.name,
        role=Role.OWNER,
        owner_id=whose.id,
        language=new.language or whose.language,
    )
    return await add_staff(tx, new=member, actor=actor)


async def end_sign_in(tx: Tx, *, owner_id: int, staff_id: int, actor: SignedIn) -> StaffMember:
    """Ends a sign-in: it opens nothing from now on. Raises NotFound (404) for one of another owner."""
    await locked_owner(tx, owner_id=owner_id, actor=actor)
    return await end_owner_sign_in(tx, staff_id=staff_id, owner_id=owner_id, actor=actor)
