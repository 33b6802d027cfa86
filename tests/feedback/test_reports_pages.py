"""The page of what feedback comes to."""

from typing import Any

from bedside.accounts import Role
from tests.feedback.asking import Clinic
from tests.feedback.test_reports import said

HTML = {"accept": "text/html"}


async def page(clinic: Clinic, query: str = "", headers: Any = None, path: str = "/feedback/report") -> str:
    answer = await clinic.client.get(path + query, headers=(headers or clinic.desk) | HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_report_says_so_when_nobody_said_anything(clinic: Clinic) -> None:
    assert "Nobody has said anything in this time" in await page(clinic)


async def test_marketing_reads_figures_and_no_name_of_a_patient(clinic: Clinic) -> None:
    await said(clinic, 5, 5, 5, 4, 2, nps=9)
    text = await page(clinic, headers=await clinic.as_role(Role.MARKETING))
    for words in ("4.20", "60.0 %", "100.0", "Cardiology", "Few answers", "1 low rating"):
        assert words in text, words
    assert "Anna" not in text


async def test_a_small_group_is_withheld_and_the_page_says_why(clinic: Clinic) -> None:
    await said(clinic, 5, 4, 5, 3)
    await said(clinic, 2, anonymous=True)
    text = await page(clinic)
    assert "Small groups are withheld" in text
    assert "Withheld: fewer than 5 answers" in text


async def test_the_figures_are_drawn_alone_and_filters_that_are_none_are_left_out(clinic: Clinic) -> None:
    await said(clinic, 5, 4, 5, 3)
    figures = await page(clinic, path="/feedback/report/figures")
    assert "<html" not in figures
    assert "4.25" in figures
    assert "4.25" in await page(
        clinic, f"?days=30&hospital={clinic.hospital}&department=x&practitioner=99999&every=yes"
    )
    assert "Nobody has said" in await page(clinic, f"?days=365&practitioner={clinic.house.bellevue.jones}")
