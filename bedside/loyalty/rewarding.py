"""What earns points by itself: completed visits and feedback. Reactions, in the transaction of what happened."""

from bedside.event_log import SYSTEM, Actor
from bedside.feedback import FeedbackGiven
from bedside.kit.database import Tx
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.awarding import award
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reversing import reverse
from bedside.scheduling import AppointmentCompleted, AppointmentRestored

VISIT, FEEDBACK = "visit_completed", "feedback"


async def reward_visit(tx: Tx, event: AppointmentCompleted, *, actor: Actor) -> None:
    """A visit took place: that is when it earns (RULES, Time 9)."""
    points = (await program_in_force(tx)).points_for("visit_completed")
    if points and event.patient_id is not None:
        await award(
            tx,
            patient_id=event.patient_id,
            points=points,
            rule=VISIT,
            source=f"appointment:{event.appointment_id}",
            hospital_id=event.hospital_id,
            actor=SYSTEM,
        )


async def take_back_visit(tx: Tx, event: AppointmentRestored, *, actor: Actor) -> None:
    """That a visit took place was undone, so what it earned is taken back; completed again, it earns again."""
    if event.undone == "completed" and event.patient_id is not None:
        await locked_account(tx, event.patient_id)  # an award to many that is under way is waited for, and then found
        await reverse(
            tx,
            rule=VISIT,
            source=f"appointment:{event.appointment_id}",
            reason="The visit is no longer marked as completed.",
            actor=actor,
        )


async def reward_feedback(tx: Tx, event: FeedbackGiven, *, actor: Actor) -> None:
    """Feedback on a visit earns once, more with words, whatever the rating; without a visit, or a name, it earns
    nothing."""
    if event.appointment_id is None or event.patient_id is None:
        return
    program = await program_in_force(tx)
    points = program.points_for("feedback_with_words" if event.has_words else "feedback")
    if points:
        await award(
            tx,
            patient_id=event.patient_id,
            points=points,
            rule=FEEDBACK,
            source=f"appointment:{event.appointment_id}",
            hospital_id=event.hospital_id,
            actor=SYSTEM,
        )
