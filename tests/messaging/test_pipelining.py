"""Many mails over one connection to a server that says PIPELINING, and what is known of each when it breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bedside.messaging.provider_accounts import SmtpAccount
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Result, Verdict
from bedside.messaging.providers.smtp import wire
from bedside.messaging.providers.smtp.pipelining import on_the_wire
from bedside.messaging.providers.smtp.wire import Smtp


class Server:
    """A mail server that says PIPELINING, and does with each mail as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.connections = 0
        self.said: list[str] = []
        self.lenient = False
        # what is asked before each reply: "RCPT" or "END" and the recipient; True closes the connection instead
        self.cut: Callable[[str, str], bool] = lambda *_: False
        self.silent_at = ""
        self.ready = asyncio.Event()
        self.ready.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        writer.write(b"220 here\r\n")
        to, taken = "", False
        try:
            while line := (await reader.readline()).decode().strip():
                await self.ready.wait()
                self.said.append(line)
                word = line.partition(" ")[0].upper()
                if word == "EHLO":
                    writer.write(b"250-here\r\n250 PIPELINING\r\n")
                elif word == "RCPT":
                    to = line.partition("<")[2].rstrip(">")
                    if await self._breaks("RCPT", to, reader):
                        return
                    taken = not to.startswith("nobody")
                    writer.write(b"250 ok\r\n" if taken else b"550 5.1.1 no such user\r\n")
                elif word == "DATA" and not taken and not self.lenient:
                    writer.write(b"554 no valid recipients\r\n")
                elif word == "DATA":
                    writer.write(b"354 go on\r\n")
                    mail = await reader.readuntil(b"\r\n.\r\n")
                    if await self._breaks("END", to, reader):
                        return
                    if to.startswith("full"):
                        writer.write(b"452 4.2.2 full\r\n")
                    else:
                        self.mails.append((to, mail))
                        writer.write(b"250-taken\r\n250 as promised\r\n")
                else:
                    taken = False
                    writer.write(b"250 ok\r\n")
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def _breaks(self, step: str, to: str, reader: asyncio.StreamReader) -> bool:
        if self.silent_at == step:
            while await reader.read(1000):
                pass
            return True
        return self.cut(step, to)


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[Server, Smtp]]:
    """A server, and ours as its client."""
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    account = SmtpAccount(host="127.0.0.1", port=port, tls="none", from_address="news@example.org")
    client = Smtp(account, secret_key="s", timeout=2.0)
    try:
        yield server, client
    finally:
        await client.close()
        listening.close()
        await listening.wait_closed()


def mail(n: int, to: str, *, bulk: bool = True, body: str = "Get your flu shot today.") -> Outgoing:
    return Outgoing(
        message_id=n, channel="email", to=to, sender_address="news@example.org", purpose="marketing", language="en",
        subject="News", body=body, bulk=bulk, sending_at=datetime(2027, 3, 1, tzinfo=UTC),
    )  # fmt: skip


def all_of(client: Smtp, mails: list[Outgoing]) -> Awaitable[list[Outcome]]:
    return asyncio.gather(*(client.send(one) for one in mails))


async def test_a_hundred_mails_arrive_once_each_and_the_one_that_is_refused_takes_none_with_it() -> None:
    async with mail_server() as (server, client):
        to = [f"{'nobody' if n % 10 == 3 else 'full' if n % 10 == 7 else 'pat'}{n}@example.org" for n in range(100)]
        outcomes = await all_of(client, [mail(n, one) for n, one in enumerate(to)])
        assert sorted(one for one, _ in server.mails) == sorted(one for one in to if one.startswith("pat"))
        assert {one.verdict for one, whom in zip(outcomes, to, strict=True) if whom.startswith("nobody")} == {
            Verdict.BAD_ADDRESS
        }
        full = [one for one, whom in zip(outcomes, to, strict=True) if whom.startswith("full")]
        assert {one.result for one in full} == {Result.LATER}
        assert [one.result for one in outcomes].count(Result.SENT) == 80
        assert outcomes[0].provider_id == "<message.0@example.org>"
        assert server.connections <= wire.CONNECTIONS


async def test_a_server_that_waits_for_words_nobody_would_get_loses_no_other_mail() -> None:
    async with mail_server() as (server, client):
        server.lenient = True
        to = [
            "pat1@example.org",
            "nobody2@example.org",
            "pat3@example.org",
            *(f"pat{n}@example.org" for n in range(4, 20)),
        ]
        outcomes = await all_of(client, [mail(n, one) for n, one in enumerate(to)])
        assert [one.result for one in outcomes].count(Result.SENT) == 18
        assert outcomes[1].verdict is Verdict.BAD_ADDRESS
        assert len(server.mails) == 18


async def test_what_is_lost_after_the_final_dot_is_unknown_and_the_others_go_over_another_connection() -> None:
    async with mail_server() as (server, client):
        server.cut = lambda step, to: step == "END" and to == "pat30@example.org"
        outcomes = await all_of(client, [mail(n, f"pat{n}@example.org") for n in range(60)])
        assert [n for n, one in enumerate(outcomes) if one.result is Result.UNKNOWN] == [30]
        assert [one.result for one in outcomes].count(Result.SENT) == 59
        assert len({to for to, _ in server.mails}) == len(server.mails) == 59


async def test_a_connection_closed_before_the_words_took_nothing_and_the_mail_goes_over_another() -> None:
    async with mail_server() as (server, client):
        cuts = iter([True])
        server.cut = lambda step, to: step == "RCPT" and to == "pat30@example.org" and next(cuts, False)
        outcomes = await all_of(client, [mail(n, f"pat{n}@example.org") for n in range(60)])
        assert {one.result for one in outcomes} == {Result.SENT}
        assert len({to for to, _ in server.mails}) == len(server.mails) == 60


async def test_a_server_that_closes_every_connection_is_down_and_asked_no_more() -> None:
    async with mail_server() as (server, client):
        server.cut = lambda step, to: step == "RCPT"
        outcomes = await all_of(client, [mail(n, f"pat{n}@example.org") for n in range(6)])
        assert {(one.result, one.verdict) for one in outcomes} == {(Result.LATER, Verdict.DOWN)}
        assert sum(line.startswith("RCPT") for line in server.said) == 6


async def test_of_a_server_that_falls_silent_the_words_left_make_the_difference() -> None:
    async with mail_server() as (server, client):
        client._timeout = 0.2
        server.silent_at = "END"
        [after] = await all_of(client, [mail(1, "pat1@example.org")])
        assert (after.result, after.verdict) == (Result.UNKNOWN, Verdict.AMBIGUOUS)
        server.silent_at = "RCPT"
        [before] = await all_of(client, [mail(2, "pat2@example.org")])
        assert (before.result, before.verdict) == (Result.LATER, Verdict.DOWN)


async def test_what_cannot_wait_goes_before_bulk() -> None:
    async with mail_server() as (server, client):
        server.ready.clear()
        bulk = [asyncio.create_task(client.send(mail(n, f"pat{n}@example.org"))) for n in range(100)]
        await asyncio.sleep(0)
        code = asyncio.create_task(client.send(mail(500, "maria@example.org", bulk=False)))
        await asyncio.sleep(0)
        server.ready.set()
        await asyncio.gather(code, *bulk)
        assert [to for to, _ in server.mails].index("maria@example.org") <= wire.CONNECTIONS


async def test_an_address_that_could_end_its_line_is_refused_before_the_wire() -> None:
    async with mail_server() as (server, client):
        [outcome] = await all_of(client, [mail(1, "pat@example.org>\r\nRCPT TO:<maria@example.org")])
        assert outcome.result is Result.FAILED
        assert server.said == []


def test_dots_are_doubled_and_no_line_ends_but_by_both_signs() -> None:
    assert on_the_wire(b"A: b\r\n\r\n.\r\n..x\r\n") == b"A: b\r\n\r\n..\r\n...x\r\n.\r\n"
    assert on_the_wire(b"A: b\r\n\r\nx\n.\ry") == b"A: b\r\n\r\nx\r\n..\r\ny\r\n.\r\n"
