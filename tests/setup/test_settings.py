"""Settings say what is wrong by the variable's name, keep secrets to themselves, and survive being handed on."""

import subprocess
import sys
from pathlib import Path

import pytest

from bedside.settings import Settings, SettingsError, as_environment, read, secret_key

TWICE = {
    f"BEDSIDE_{kind}_{name}": "same"
    for kind in ("TWILIO", "TWILIO_2")
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "SMS_FROM")
}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"BEDSIDE_PORT": "seven"}, "BEDSIDE_PORT: Must be a whole number. It is 'seven'."),
        ({"BEDSIDE_PORT": "0"}, "BEDSIDE_PORT"),
        ({"BEDSIDE_PORT": "65535"}, "BEDSIDE_PORT leaves no room"),
        ({"BEDSIDE_SANDBOX_PORT": "7002"}, "BEDSIDE_SANDBOX_PORT"),
        ({"BEDSIDE_POTR": "7002"}, "BEDSIDE_POTR is not a setting. Did you mean BEDSIDE_PORT?"),
        ({"BEDSIDE_LOG_FORMAT": "xml"}, "BEDSIDE_LOG_FORMAT"),
        ({"BEDSIDE_DATABASE_URL": "mysql://root@db/bedside"}, "BEDSIDE_DATABASE_URL must begin with postgresql://"),
        ({"BEDSIDE_PUBLIC_URL": "crm.example.org"}, "BEDSIDE_PUBLIC_URL must be an address"),
        ({"BEDSIDE_SECRET_KEY": "short"}, "BEDSIDE_SECRET_KEY must have 32 characters"),
        ({"BEDSIDE_TWILIO_ACCOUNT_SID": "AC1"}, "BEDSIDE_TWILIO_AUTH_TOKEN and BEDSIDE_TWILIO_SMS_FROM must be set"),
        (
            {"BEDSIDE_SMTP_2_HOST": "b.example.org", "BEDSIDE_SMTP_2_FROM": "a@example.org"},
            "BEDSIDE_SMTP_HOST, for which",
        ),
        ({"BEDSIDE_TWILIO_2_ACCOUNT_SID": "AC2"}, "BEDSIDE_TWILIO_2_AUTH_TOKEN and BEDSIDE_TWILIO_2_SMS_FROM must be"),
        ({"BEDSIDE_TWILIO_2_BASE_URL": "twilio"}, "BEDSIDE_TWILIO_2_BASE_URL must be an address"),
        (TWICE, "BEDSIDE_TWILIO_2_ACCOUNT_SID must be another than BEDSIDE_TWILIO_ACCOUNT_SID"),
        ({"BEDSIDE_DKIM_DOMAIN": "example.org"}, "BEDSIDE_DKIM_SELECTOR"),
    ],
)
def test_what_is_wrong_is_said_by_the_variables_name(variables: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(variables)
    assert said in str(wrong.value)


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    variables = {"BEDSIDE_PORT": "x", "BEDSIDE_WEB_PROCESSES": "none", "BEDSIDE_DATABASE_URL": "http://me:hunter2@db"}
    with pytest.raises(SettingsError) as wrong:
        read(variables)
    lines = str(wrong.value).splitlines()
    assert len(lines) == 3
    assert "hunter2" not in str(wrong.value)


def test_the_sandbox_takes_the_ports_after_the_webs() -> None:
    settings = read({"BEDSIDE_PORT": "8000", "BEDSIDE_TWILIO_SMS_FROM": ""})
    assert (settings.sandbox_port, settings.sandbox_smtp_port) == (8001, 8002)
    assert settings.public_url == "http://localhost:8000"
    assert not settings.sends_real_sms


def test_a_channel_is_switched_by_itself() -> None:
    settings = read({"BEDSIDE_SMTP_HOST": "mail.example.org", "BEDSIDE_SMTP_FROM": "desk@example.org"})
    assert settings.sends_real_email
    assert not settings.sends_real_sms
    assert not settings.sends_real_whatsapp


def test_a_child_process_reads_what_its_parent_had() -> None:
    settings = read(
        {"BEDSIDE_ALLOW_RECIPIENTS": "+12125550123, a@example.org", "BEDSIDE_SECRET_KEY": "k" * 40}, port=7110
    )
    assert read(as_environment(settings)) == settings
    assert settings.allow_recipients == ("+12125550123", "a@example.org")


def test_secrets_are_not_shown() -> None:
    settings = read({"BEDSIDE_SECRET_KEY": "k" * 40, "BEDSIDE_DATABASE_URL": "postgresql://me:hunter2@db/bedside"})
    assert "kkkk" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_the_secret_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    key = secret_key(settings)
    assert len(key) >= 32
    assert secret_key(settings) == key
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_the_program_ends_with_the_name_and_without_a_trace(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bedside", "run", "--data", tmp_path],
        env={"BEDSIDE_PORT": "seven"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "BEDSIDE_PORT" in done.stderr
    assert "Traceback" not in done.stderr
