"""Mail: what lands in mailboxes, one-click unsubscribing, and mail that comes back."""

import asyncio
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest
from flufl.bounce import all_failures

from tests.sandbox.conftest import Hospital, World

ADDRESS = "maria.lopez@example.org"
RETURN = "b+42-7f3a@bounces.example.org"


def letter(unsubscribe: str = "http://127.0.0.1:9/u/x") -> EmailMessage:
    """A mail as the hospital sends it: text, HTML, an invitation."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Bellevue <visits@example.org>", ADDRESS, "Your visit – Monday"
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Hello María, see http://127.0.0.1:7002/v/1\n")
    mail.add_alternative('<p>Hello</p><a href="http://127.0.0.1:7002/v/2?a=1&amp;b=2">Manage</a>', subtype="html")
    mail.add_attachment("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar", filename="visit.ics")
    return mail


async def post(world: World, mail: EmailMessage | None = None) -> None:
    """Sends it over SMTP."""
    await aiosmtplib.send(
        mail or letter(),
        sender=RETURN,
        recipients=[ADDRESS],
        hostname="127.0.0.1",
        port=world.smtp_port,
        start_tls=False,
    )


async def test_a_mail_lands_in_the_mailbox_with_all_that_a_reader_sees(world: World) -> None:
    await post(world)
    [mail] = await world.messages(to=ADDRESS, channel="email")
    assert (mail["subject"], mail["envelopeSender"], mail["status"]) == ("Your visit – Monday", RETURN, "delivered")
    assert "María" in mail["body"]
    assert mail["links"] == ["http://127.0.0.1:7002/v/1", "http://127.0.0.1:7002/v/2?a=1&b=2"]
    assert mail["attachments"][0]["mediaType"] == "text/calendar"
    assert mail["attachments"][0]["text"].startswith("BEGIN:VCALENDAR")


async def test_a_file_that_came_with_a_mail_can_be_opened_and_is_never_run(world: World) -> None:
    mail = letter()
    mail.add_attachment(b"%PDF-1.7 statement", maintype="application", subtype="pdf", filename="Auszug März.pdf")
    mail.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="x.html")
    await post(world, mail)
    [shown] = await world.messages(to=ADDRESS, channel="email")
    _, pdf, page = shown["attachments"]
    assert (pdf["name"], pdf["mediaType"], pdf["size"]) == ("Auszug März.pdf", "application/pdf", 18)
    async with world.http.get(pdf["url"]) as answer:
        assert await answer.read() == b"%PDF-1.7 statement"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Auszug%20M%C3%A4rz.pdf"
    async with world.http.get(pdf["url"], params={"look": "true"}) as answer:
        assert (answer.content_type, answer.headers["Content-Disposition"][:6]) == ("application/pdf", "inline")
    async with world.http.get(page["url"], params={"look": "true"}) as answer:
        assert answer.content_type == "application/octet-stream"
    async with world.http.get(f"/mail/{shown['id']}/attachments/9") as answer:
        assert answer.status == 404


async def test_its_html_is_shown_where_nothing_may_run(world: World) -> None:
    await post(world)
    [mail] = await world.messages(to=ADDRESS)
    async with world.http.get(f"/mail/{mail['id']}/body") as answer:
        policy_said = answer.headers["Content-Security-Policy"]
        assert "<p>Hello</p>" in await answer.text()
    assert "default-src 'none'" in policy_said
    assert "sandbox" in policy_said
    assert "allow-scripts" not in policy_said


async def test_unsubscribing_posts_as_rfc_8058_says(world: World, hospital: Hospital) -> None:
    await post(world, letter(f"{hospital.address}/u/token"))
    [mail] = await world.messages(to=ADDRESS)
    async with world.http.post(f"/messages/{mail['id']}/unsubscribe") as answer:
        assert (await answer.json())["status"] == 200
    assert (hospital.heard[0].path, hospital.heard[0].body) == ("/u/token", b"List-Unsubscribe=One-Click")
    assert "Cookie" not in hospital.heard[0].headers


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "rate_limit"}, 421),
        ({"kind": "server_error"}, 451),
        ({"kind": "error", "code": 550}, 550),
        ({"kind": "error", "code": 450, "to": ADDRESS}, 450),
    ],
)
async def test_a_refused_recipient_gets_no_mail(world: World, fault: dict[str, str], code: int) -> None:
    await world.fault(**fault)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await post(world)
    assert refused.value.recipients[0].code == code
    assert await world.messages() == []


async def test_an_error_after_the_data_refuses_the_mail(world: World) -> None:
    await world.fault("error", code=552, at="data", channel="email")
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await post(world)
    assert refused.value.code == 552


async def test_a_connection_lost_after_the_dot_leaves_the_mail_delivered(world: World) -> None:
    await world.fault("silent_after_acceptance", channel="email")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await post(world)
    assert len(await world.messages(to=ADDRESS)) == 1


async def test_a_bounce_goes_to_the_envelope_sender_and_names_who_failed(world: World) -> None:
    world.outside.bounces_to = f"smtp://127.0.0.1:{world.smtp_port}"
    await world.fault("bounce", channel="email", to=ADDRESS, code="5.1.1")
    await post(world)
    await world.until(to=RETURN, envelopeSender="")
    bounce: dict[str, Any] = {"delivered": False}
    async with asyncio.timeout(5):
        while not bounce["delivered"]:
            async with world.http.get("/bounces") as answer:
                [bounce] = (await answer.json())["items"]
    assert bounce["envelopeSender"] == RETURN
    notification = message_from_string(bounce["raw"], policy=policy.default)
    assert notification.get_content_type() == "multipart/report"
    assert "Action: failed" in bounce["raw"]
    assert all_failures(notification)[1] == {ADDRESS.encode()}
    assert (await world.messages(to=ADDRESS))[0]["status"] == "bounced"
