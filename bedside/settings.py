"""Every setting there is, and the only file that reads the environment.

A field called `port` is set by the variable `BEDSIDE_PORT`. All are checked at start, together, by `read`, which
names the variable in what it says. A provider's variables left unset point that channel at the sandbox; each channel
is switched by itself. Handed down as values from `__main__`, `app` and `worker`; nothing else imports this file.
"""

import difflib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from bedside.sandbox import SandboxAccounts

PREFIX = "BEDSIDE_"

PortNumber = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1, le=1000)]


def _secret(words: str) -> Meta:
    """What the setting is for, and that its value is never shown."""
    return Meta(description=words, extra={"secret": True})


def _says(words: str) -> Meta:
    return Meta(description=words)


class SettingsError(Exception):
    """What is wrong with the environment, one line a variable, in words for whoever starts the program."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment asks for, with the defaults filled in."""

    # where things are
    data: Annotated[
        Path, _says("The folder for everything kept: the embedded database, the secret key, uploaded files.")
    ] = Path("var")
    files_url: Annotated[
        str | None,
        _says("An object store for uploaded files, as s3://bucket/prefix (gs://, az://); unset: the data folder."),
    ] = None
    database_url: Annotated[
        str | None, _secret("A PostgreSQL 15 or newer to use, as postgresql://...; unset starts the embedded one.")
    ] = None
    test_database_url: Annotated[
        str | None, _secret("A PostgreSQL for the tests, whose user may create databases; unset starts one for them.")
    ] = None
    database_pool_size: Annotated[Count, _says("Connections that each process keeps to the database, at most.")] = 10
    host: Annotated[str, _says("The address that the web, and the sandbox, listen on.")] = "127.0.0.1"
    port: Annotated[PortNumber, _says("The port of the web.")] = 7002
    sandbox_port: Annotated[PortNumber, _says("The port of the sandbox's page and wires; unset: the web's plus 1.")] = (
        7003
    )
    sandbox_smtp_port: Annotated[PortNumber, _says("The port of the sandbox's mail; unset: the web's plus 2.")] = 7004
    public_url: Annotated[
        str, _says("The address that links in messages carry and that providers' signatures cover, without a path.")
    ] = "http://localhost:7002"
    secret_key: Annotated[
        str | None, _secret("Signs tokens and links, 32 characters or more; unset: made once, kept in the data folder.")
    ] = None
    log_format: Annotated[Literal["text", "json"], _says("How log lines are written: text for people, or json.")] = (
        "text"
    )
    web_processes: Annotated[Count, _says("How many processes serve the web.")] = 1
    trusted_proxies: Annotated[
        str, _says("Proxies, by address with commas, that are believed for whom they ask; any other is one visitor.")
    ] = "127.0.0.1"

    # SMS, and WhatsApp where Twilio carries it
    twilio_base_url: Annotated[str | None, _says("Where Twilio's API is; unset: Twilio, or the sandbox.")] = None
    twilio_account_sid: Annotated[str | None, _says("Twilio's account, AC...; set it to send real SMS.")] = None
    twilio_auth_token: Annotated[str | None, _secret("The token of that account, which signs its callbacks.")] = None
    twilio_sms_from: Annotated[str | None, _says("The number, or messaging service (MG...), that SMS come from.")] = (
        None
    )
    twilio_whatsapp_from: Annotated[
        str | None, _says("The number that WhatsApp messages come from, where Twilio carries them.")
    ] = None

    # a second account of each kind stands in while the first fails
    twilio_2_base_url: Annotated[str | None, _says("Where the second account's API is; unset: Twilio.")] = None
    twilio_2_account_sid: Annotated[str | None, _says("A second account at Twilio.")] = None
    twilio_2_auth_token: Annotated[str | None, _secret("Its token.")] = None
    twilio_2_sms_from: Annotated[str | None, _says("The number, or messaging service, of its SMS.")] = None
    twilio_2_whatsapp_from: Annotated[str | None, _says("The number of its WhatsApp messages.")] = None

    # WhatsApp Cloud API
    whatsapp_base_url: Annotated[str | None, _says("Where the Cloud API is; unset: Meta, or the sandbox.")] = None
    whatsapp_token: Annotated[str | None, _secret("The Cloud API's token; set it to send real WhatsApp messages.")] = (
        None
    )
    whatsapp_app_secret: Annotated[str | None, _secret("The app's secret, which signs its webhooks.")] = None
    whatsapp_verify_token: Annotated[str | None, _secret("The words that Meta sends to verify the webhook.")] = None
    whatsapp_phone_number_id: Annotated[str | None, _says("The id of the number that messages come from.")] = None
    whatsapp_business_account_id: Annotated[str | None, _says("The business account that templates belong to.")] = None
    whatsapp_2_base_url: Annotated[str | None, _says("Where the second number's API is; unset: Meta.")] = None
    whatsapp_2_token: Annotated[str | None, _secret("The token of a second number; it stands in.")] = None
    whatsapp_2_app_secret: Annotated[str | None, _secret("Its app's secret.")] = None
    whatsapp_2_verify_token: Annotated[str | None, _secret("The words that verify its webhook.")] = None
    whatsapp_2_phone_number_id: Annotated[str | None, _says("The second number's id.")] = None
    whatsapp_2_business_account_id: Annotated[str | None, _says("Its business account.")] = None

    # mail
    smtp_host: Annotated[str | None, _says("The mail server; set it to send real mail.")] = None
    smtp_port: Annotated[PortNumber | None, _says("Its port; unset: 587, 465 with TLS from the start, 25 without.")] = (
        None
    )
    smtp_user: Annotated[str | None, _says("The name to sign in to the mail server with.")] = None
    smtp_password: Annotated[str | None, _secret("The password that goes with it.")] = None
    smtp_tls: Annotated[
        Literal["starttls", "tls", "none"], _says("How the connection to the mail server is protected.")
    ] = "starttls"
    smtp_from: Annotated[str | None, _says("The address that mail comes from.")] = None
    smtp_2_host: Annotated[str | None, _says("A second mail server, which stands in.")] = None
    smtp_2_port: Annotated[PortNumber | None, _says("Its port; unset: as above.")] = None
    smtp_2_user: Annotated[str | None, _says("The name to sign in to it with.")] = None
    smtp_2_password: Annotated[str | None, _secret("The password that goes with it.")] = None
    smtp_2_tls: Annotated[Literal["starttls", "tls", "none"], _says("How the connection to it is protected.")] = (
        "starttls"
    )
    smtp_2_from: Annotated[str | None, _says("The address that its mail comes from; it may be the first's.")] = None
    mail_listen: Annotated[
        str | None, _says("Where the worker takes mail that comes in by SMTP, as 127.0.0.1:2525; unset: nowhere.")
    ] = None
    dkim_domain: Annotated[str | None, _says("The domain that outgoing mail is signed for.")] = None
    dkim_selector: Annotated[str | None, _says("The selector under which its public key is published.")] = None
    dkim_key_file: Annotated[Path | None, _says("The private key, a PEM file; RSA or Ed25519.")] = None

    allow_recipients: Annotated[
        tuple[str, ...],
        _says("With real providers, a demonstration database writes only to these: numbers and addresses, by commas."),
    ] = ()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value, _ in self.shown())
        return f"Settings({shown})"

    def shown(self) -> Iterator[tuple[str, object, str]]:
        """Each setting's name, value and meaning, with what is secret hidden."""
        for field, kind in _fields().items():
            value = getattr(self, field)
            yield field, "(hidden)" if value and _is_secret(kind) else value, _description(kind)

    @property
    def sends_real_sms(self) -> bool:
        """Whether SMS leave for Twilio rather than for the sandbox."""
        return self.twilio_account_sid is not None and self.twilio_base_url != self.sandbox_url

    @property
    def sends_real_whatsapp(self) -> bool:
        """Whether WhatsApp messages leave for Meta, or by Twilio, rather than for the sandbox."""
        by_meta = self.whatsapp_token is not None and self.whatsapp_base_url != self.sandbox_url
        return by_meta or (self.sends_real_sms and self.twilio_whatsapp_from is not None)

    @property
    def sends_real_email(self) -> bool:
        """Whether mail leaves for a mail server of yours rather than for the sandbox."""
        stand_in = (local_address(self.host), self.sandbox_smtp_port)
        return self.smtp_host is not None and (self.smtp_host, self.smtp_port) != stand_in

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox answers, for processes on this machine."""
        return f"http://{local_address(self.host)}:{self.sandbox_port}"


# What must be set together: the first of each switches the channel to a real provider.
_TOGETHER = (
    ("twilio_account_sid", "twilio_auth_token", "twilio_sms_from"),
    ("whatsapp_token", "whatsapp_app_secret", "whatsapp_verify_token", "whatsapp_phone_number_id"),
    ("smtp_host", "smtp_from"),
    ("smtp_user", "smtp_password"),
    ("twilio_2_account_sid", "twilio_2_auth_token", "twilio_2_sms_from"),
    ("whatsapp_2_token", "whatsapp_2_app_secret", "whatsapp_2_verify_token", "whatsapp_2_phone_number_id"),
    ("smtp_2_host", "smtp_2_from"),
    ("smtp_2_user", "smtp_2_password"),
    ("dkim_domain", "dkim_selector", "dkim_key_file"),
)
# What stands in, and for what.
_STANDS_IN = {
    "twilio_account_sid": "twilio_2_account_sid",
    "whatsapp_phone_number_id": "whatsapp_2_phone_number_id",
    "smtp_host": "smtp_2_host",
}


def local_address(host: str) -> str:
    """The address by which processes on this machine reach one that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def read(environment: Mapping[str, str] | None = None, /, **given: object) -> Settings:
    """Reads the settings from the environment; what the command line `given` goes before it.

    Raises SettingsError with a line for each variable that is wrong. An empty variable counts as unset.
    """
    source = os.environ if environment is None else environment
    given = {field: value for field, value in given.items() if value is not None}
    wrong: list[str] = []
    values: dict[str, Any] = {}
    kinds = _fields()
    for variable, text in source.items():
        if not variable.startswith(PREFIX) or not text.strip():
            continue
        field = variable.removeprefix(PREFIX).lower()
        if field not in kinds:
            wrong.append(f"{variable} is not a setting.{_nearest(field)}")
        elif field not in given:
            _take(field, kinds[field], text.strip(), values, wrong)
    values |= given

    port = values.get("port", 7002)
    values.setdefault("sandbox_port", port + 1)
    values.setdefault("sandbox_smtp_port", port + 2)
    values.setdefault("public_url", f"http://localhost:{port}")
    values["public_url"] = str(values["public_url"]).rstrip("/")
    values["data"] = Path(values.get("data", "var")).absolute()
    wrong.extend(_contradictions(values))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**values)


def secret_key(settings: Settings) -> str:
    """The key that signs tokens and links: the one set, or one made once and kept in the data folder, for us alone."""
    if settings.secret_key:
        return settings.secret_key
    kept = settings.data / "secret-key"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        # written whole under another name, then linked: two processes starting at once agree on one key
        fresh = kept.with_name(f"secret-key.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, kept)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return kept.read_text().strip()
    except PermissionError as refused:
        raise SettingsError(
            f"The key in {kept} cannot be read or made: {refused.strerror}. "
            "Start as the user who owns that folder, or set BEDSIDE_SECRET_KEY."
        ) from None


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables that make a child process read these same settings."""
    variables = {}
    for field in _fields():
        value = getattr(settings, field)
        if value is not None and value != ():
            variables[PREFIX + field.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
    return variables


def pointed_at_sandbox(settings: Settings, accounts: "SandboxAccounts", *, stand_ins: bool = False) -> Settings:
    """The settings with the sandbox's wires and its `accounts` filled in for each channel that has no provider; with
    `stand_ins`, a second account of each kind, too."""
    filled: dict[str, Any] = {}
    if not settings.sends_real_sms:
        filled |= {
            "twilio_base_url": settings.sandbox_url,
            "twilio_account_sid": accounts.twilio_account_sid,
            "twilio_auth_token": accounts.twilio_auth_token,
            "twilio_sms_from": accounts.twilio_numbers[0],
        }
        if stand_ins:
            filled |= {
                "twilio_2_base_url": settings.sandbox_url,
                "twilio_2_account_sid": accounts.second_twilio.account_sid,
                "twilio_2_auth_token": accounts.second_twilio.auth_token,
                "twilio_2_sms_from": accounts.second_twilio.numbers[0],
            }
    if not settings.sends_real_whatsapp:
        filled |= {
            "whatsapp_base_url": settings.sandbox_url,
            "whatsapp_token": accounts.whatsapp_access_token,
            "whatsapp_app_secret": accounts.whatsapp_app_secret,
            "whatsapp_verify_token": accounts.whatsapp_verify_token,
            "whatsapp_phone_number_id": accounts.whatsapp_phone_number_id,
            "whatsapp_business_account_id": accounts.whatsapp_business_account_id,
        }
        if stand_ins:
            filled |= {
                "whatsapp_2_base_url": settings.sandbox_url,
                "whatsapp_2_token": accounts.second_whatsapp.access_token,
                "whatsapp_2_app_secret": accounts.second_whatsapp.app_secret,
                "whatsapp_2_verify_token": accounts.whatsapp_verify_token,
                "whatsapp_2_phone_number_id": accounts.second_whatsapp.phone_number_id,
                "whatsapp_2_business_account_id": accounts.whatsapp_business_account_id,
            }
    if not settings.sends_real_email:
        filled |= {
            "smtp_host": local_address(settings.host),
            "smtp_port": settings.sandbox_smtp_port,
            "smtp_tls": "none",
            "smtp_user": accounts.smtp_username,
            "smtp_password": accounts.smtp_password,
            "smtp_from": settings.smtp_from or "hello@bedside.example.org",
            "mail_listen": settings.mail_listen or f"{local_address(settings.host)}:{settings.sandbox_smtp_port + 1}",
        }
        if stand_ins:
            filled |= {
                "smtp_2_host": local_address(settings.host),
                "smtp_2_port": settings.sandbox_smtp_port,
                "smtp_2_tls": "none",
                "smtp_2_user": accounts.second_smtp_username,
                "smtp_2_password": accounts.second_smtp_password,
                "smtp_2_from": settings.smtp_from or "hello@bedside.example.org",
            }
    return msgspec.structs.replace(settings, **filled)


@cache
def _fields() -> dict[str, Any]:
    """Each setting's name and type, as annotated above."""
    return get_type_hints(Settings, include_extras=True)


def _description(kind: Any) -> str:
    return next((meta.description for meta in kind.__metadata__ if meta.description), "")


def _is_secret(kind: Any) -> bool:
    return any((meta.extra or {}).get("secret") for meta in kind.__metadata__)


def _nearest(field: str) -> str:
    near = difflib.get_close_matches(field, _fields(), n=1)
    return f" Did you mean {PREFIX}{near[0].upper()}?" if near else " `bedside settings` lists them all."


def _take(field: str, kind: Any, text: str, values: dict[str, Any], wrong: list[str]) -> None:
    """Converts one variable's text into its field's type, or says what is wrong with it."""
    variable = PREFIX + field.upper()
    value: object = text
    if field == "allow_recipients":
        value = [part.strip() for part in text.split(",") if part.strip()]
    try:
        values[field] = msgspec.convert(value, kind, strict=False, dec_hook=lambda wanted, given: wanted(given))
    except msgspec.ValidationError as error:
        given = "" if _is_secret(kind) else f" It is {text!r}."
        problem = str(error).replace("Expected `int`, got `str`", "Must be a whole number").rstrip(".")
        wrong.append(f"{variable}: {problem}.{given} {_description(kind)}")


def _contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """What each variable alone does not show: addresses without a scheme, halves of a provider's settings."""
    for field in ("database_url", "test_database_url"):
        if (url := values.get(field)) and urlsplit(url).scheme not in ("postgresql", "postgres"):
            yield f"{PREFIX}{field.upper()} must begin with postgresql:// (what it is may hold a password: not shown)."
    for field in ("public_url", *(field for field in _fields() if field.endswith("_base_url"))):
        if url := values.get(field):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
                yield f"{PREFIX}{field.upper()} must be an address such as https://crm.example.org. It is {url!r}."
    ports = [values.get("port", 7002), values.get("sandbox_port"), values.get("sandbox_smtp_port")]
    if any(isinstance(port, int) and port > 65535 for port in ports):
        yield f"{PREFIX}PORT leaves no room for the sandbox's two ports after it: take 65533 at most. It is {ports[0]}."
    elif len(set(ports)) < len(ports):
        yield f"{PREFIX}PORT, {PREFIX}SANDBOX_PORT and {PREFIX}SANDBOX_SMTP_PORT must differ. They are {ports}."
    if (at := values.get("mail_listen")) and not re.fullmatch(r"\S+:[1-9]\d{0,4}", at):
        yield f"{PREFIX}MAIL_LISTEN must be an address and a port, such as 127.0.0.1:2525. It is {at!r}."
    if (key := values.get("secret_key")) and len(key) < 32:
        yield f"{PREFIX}SECRET_KEY must have 32 characters or more. It has {len(key)}."
    for together in _TOGETHER:
        missing = [PREFIX + field.upper() for field in together if not values.get(field)]
        if 0 < len(missing) < len(together):
            there = next(PREFIX + field.upper() for field in together if values.get(field))
            yield f"{there} is set, so {' and '.join(missing)} must be set too."
    for first, second in _STANDS_IN.items():
        if values.get(second) and not values.get(first):
            yield f"{PREFIX}{second.upper()} is set, so {PREFIX}{first.upper()}, for which it stands in, must be too."
        elif second != "smtp_2_host" and values.get(second) and values.get(second) == values.get(first):
            yield f"{PREFIX}{second.upper()} must be another than {PREFIX}{first.upper()}."
    if (file := values.get("dkim_key_file")) and not Path(file).is_file():
        yield f"{PREFIX}DKIM_KEY_FILE names {str(file)!r}, which is not a file."
