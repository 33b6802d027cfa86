"""News by SMS says how it is ended, in its language, and never by the word that ends a visit."""

import httpx
import pytest

from bedside.message_templates import Channel, words_to_stop
from bedside.message_templates.how_to_stop import HOW
from bedside.message_templates.shipping import shipped_templates, shipped_words
from tests.web import AsRole


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Get your flu shot today!", None, "Reply STOP to end."),
        ("Get your flu shot today! Reply STOP to end.", None, None),
        ("No more? {{ links.unsubscribe }}", None, None),
        ("Stop smoking this week", None, "Reply STOP to end."),
        ("¡Vacúnese hoy!", None, "Responda STOP para terminar."),
        ("Reserve su chequeo hoy", None, "Responda STOP para terminar."),
        ("Flu shots", "es-MX", "Responda STOP para terminar."),
        ("Flu shots", "sv", "Reply STOP to end."),
        ("لقاح الإنفلونزا جاهز", None, "أرسل STOP للإيقاف."),
        ("لقاح جاهز. للإيقاف أرسل إيقاف", None, None),
        ("  ", None, None),
    ],
)
def test_what_to_put_at_its_end(text: str, language: str | None, said: str | None) -> None:
    assert words_to_stop(text, language=language) == said
    if said:
        assert words_to_stop(f"{text} {said}", language=language) is None, "it is asked for once"


def test_cancel_ends_nothing_here() -> None:
    assert not any("CANCEL" in words.upper() for words in HOW.values())


def test_every_shipped_news_by_sms_says_it() -> None:
    wrong = [
        (key, language)
        for (key, channel, language), words in shipped_words().items()
        if channel is Channel.SMS
        and shipped_templates()[key].category == "health_promotion"
        and words_to_stop(words.body, language=language)
    ]
    assert not wrong


async def test_the_library_offers_the_words_for_news_alone(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    for purpose in ("marketing", "transactional"):
        new = {"key": f"a_{purpose}", "name": "A", "category": "notice", "purpose": purpose}
        made = (await client.post("/api/templates", json=new, headers=headers)).json()["id"]
        form = {"channel": "sms", "language": "es", "body": "Hola"}
        seen = await client.post(f"/templates/{made}/preview", data=form, headers=headers)
        assert ('data-add="Responda STOP para terminar."' in seen.text) is (purpose == "marketing")
        mail = {"channel": "email", "language": "en", "subject": "Hi", "html": '<p style="color:#ddd">Come in</p>'}
        seen = await client.post(f"/templates/{made}/preview", data=mail | {"body": "Come in"}, headers=headers)
        assert "“Come in” is hard to read" in seen.text


async def test_a_campaign_of_free_words_offers_them_too(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    form = {"name": "Flu", "audience": "all_patients", "channels": ["sms"], "message": "Get your flu shot today!"}
    seen = await client.post("/campaigns/preview", data=form, headers=headers)
    assert 'data-add="Reply STOP to end." data-add-to="field-message"' in seen.text, seen.text
    seen = await client.post("/campaigns/preview", data=form | {"message": "Come. Reply STOP to end."}, headers=headers)
    assert "data-add" not in seen.text
