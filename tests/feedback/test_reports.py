"""What feedback comes to: by published examples, by hand, and withheld where somebody could be guessed."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.accounts import Role
from bedside.feedback.ratings import csat, mean_of, nps, top_box
from bedside.kit.averages import shown
from tests.feedback.asking import Clinic

PATH = "/api/patient-feedback/report"


async def said(
    clinic: Clinic, *ratings: int, days_ago: int = 1, anonymous: bool = False, nps: int | None = None
) -> None:
    """Ratings as they stand in the table, given so many days ago at the cardiology of Bellevue."""
    for rating in ratings:
        made = await clinic.value(
            """insert into crm.patient_feedback (hospital_id, patient_id, visit_date, department_id, practitioner_id,
                   rating, anonymous, source, created_by_name, created_at)
               values (%(hospital)s, %(patient)s, %(at)s::date, (select min(id) from crm.departments),
                   %(doctor)s, %(rating)s, %(anonymous)s, 'link', '', %(at)s) returning id""",
            hospital=clinic.hospital, patient=None if anonymous else clinic.anna, rating=rating, anonymous=anonymous,
            doctor=None if anonymous else clinic.house.bellevue.smith,
            at=clinic.house.clock.now() - timedelta(days=days_ago),
        )  # fmt: skip
        if nps is not None:
            await clinic.execute(
                """insert into crm.feedback_answers (feedback_id, question, kind, number)
                   values (%(id)s, 'recommend', 'nps', %(nps)s)""",
                id=made, nps=nps,
            )  # fmt: skip


async def report(clinic: Clinic, **query: Any) -> Any:
    last = clinic.house.clock.now().date()
    given = {"from": str(last - timedelta(days=29)), "to": str(last)} | query
    status, body = await clinic.get(PATH + "?" + "&".join(f"{name}={value}" for name, value in given.items()))
    assert status == 200, body
    return body


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        # help.sightmill.com, "how to calculate NPS": 3, 4, 5, 6, 8, 8, 8, 9, 10, 10 give -10
        ({3: 1, 4: 1, 5: 1, 6: 1, 8: 3, 9: 1, 10: 2}, -10),
        # theprimecalculator.com, "How to Calculate Net Promoter Score": 60 promoters, 25 passives, 15 detractors: 45
        ({9: 30, 10: 30, 7: 25, 2: 15}, 45),
        # the same page: from -100 (everyone is a detractor) to +100 (everyone is a promoter)
        ({0: 4, 6: 3}, -100),
        ({9: 1, 10: 8}, 100),
        ({7: 3, 8: 5}, 0),
        # DELA, https://annualreport2018.dela.nl/begrippenlijst/net-promotor-score: 30 % and 20 % give +10
        ({10: 30, 7: 50, 4: 20}, 10),
        # MeasuringU, http://www.measuringusability.com/blog/nps-ux.php (quoted by
        # https://gist.github.com/fitzgeraldsteele/7361953): 100 promoters, 30 passives, 80 detractors: 20 of 210
        ({9: 100, 8: 30, 5: 80}, Fraction(2000, 210)),
        # the same gist: one answer of each from 0 to 10 gives -45.4545
        (dict.fromkeys(range(11), 1), Fraction(-500, 11)),
    ],
)
def test_nps_of_published_examples(answers: dict[int, int], score: int | Fraction) -> None:
    assert nps(answers) == score


def test_csat_and_top_box_of_published_examples() -> None:
    # intercom.help/voc-metrics, "What is CSAT": of 50, 10 gave 5, 20 gave 4, 10, 5 and 5 the others: 60 %
    assert csat({5: 10, 4: 20, 3: 10, 2: 5, 1: 5}) == Fraction(60, 100)
    # Delighted, https://help.delighted.com/article/240-how-is-csat-calculated: 74 of 107 are 69.16 %
    delighted = csat({5: 42, 4: 32, 3: 10, 2: 9, 1: 14}) or Fraction(0)
    assert (delighted, shown(delighted * 100)) == (Fraction(74, 107), "69.16")
    # MedicalGPS, https://blog.medicalgps.com/?p=1007: 6 of 10 gave the best answer, 60 %; who skipped is left out
    assert top_box({5: 6, 4: 2, 3: 1, 1: 1}) == Fraction(60, 100)
    # CMS, HCAHPS of 2017 (data.nber.org): 80 % of patients said that nurses "always" communicated well, the most
    # positive answer; 16 % "usually", 4 % "sometimes" or "never"
    assert shown((top_box({5: 80, 4: 16, 1: 4}) or Fraction(0)) * 100, 1) == "80.0"


@given(st.dictionaries(st.integers(0, 10), st.integers(1, 50), min_size=1))
def test_nps_lies_between_its_ends_and_skips_do_not_count(answers: dict[int, int]) -> None:
    score = nps(answers)
    assert score is not None
    assert -100 <= score <= 100
    assert nps({}) is None
    assert (score == 100) == all(answer >= 9 for answer in answers)


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 50), min_size=1))
def test_means_are_those_of_the_list_written_out(answers: dict[int, int]) -> None:
    every = [stars for stars, often in answers.items() for _ in range(often)]
    assert mean_of(answers) == Fraction(sum(every), len(every))
    assert csat(answers) == Fraction(sum(stars >= 4 for stars in every), len(every))


async def test_a_window_against_the_equal_one_before(clinic: Clinic) -> None:
    await said(clinic, 5, 5, 4, 2, days_ago=1)
    await said(clinic, 3, 4, days_ago=35)
    await said(clinic, 1, days_ago=65)
    found = await report(clinic)
    assert (found["answers"], found["mean"], found["topBox"]) == (4, "4.00", "50.0")
    assert (found["answersBefore"], found["meanBefore"], found["change"]) == (2, "3.50", "0.50")
    assert (found["restsOnFew"], found["low"], found["withheldBecause"]) == (True, 1, None)
    assert [one["answers"] for one in found["distribution"]] == [2, 1, 0, 1, 0]
    assert [(one["name"], one["mean"], one["answers"]) for one in found["departments"]] == [("Cardiology", "4.00", 4)]
    assert [one["answers"] for one in found["practitioners"]] == [4]
    assert [(one["answers"], one["few"]) for one in found["months"]] == [(4, True)]


async def test_small_groups_are_withheld_where_people_were_promised_anonymity(clinic: Clinic) -> None:
    await said(clinic, 5, 4, 5, 1, days_ago=1)
    await said(clinic, 2, days_ago=1, anonymous=True, nps=3)
    found = await report(clinic)
    assert (found["answers"], found["mean"]) == (5, "3.40")  # five may be told
    group = found["practitioners"][0]
    assert (group["answers"], group["mean"], group["topBox"], group["withheld"]) == (4, None, None, True)
    assert (found["nps"]["score"], found["nps"]["withheld"]) == (None, True)
    assert "fewer than 5" in found["withheldBecause"]
    table = await clinic.client.get(PATH + "/export?format=csv", headers=clinic.desk)
    assert any(line.startswith("practitioner,") and line.endswith(",,,4") for line in table.text.splitlines())


async def test_who_answered_of_those_who_were_asked(clinic: Clinic) -> None:
    await said(clinic, 5, 5, 5, nps=10)
    await said(clinic, 3, nps=5)
    found = await report(clinic)
    assert (found["nps"]["score"], found["nps"]["promoters"], found["nps"]["detractors"]) == ("50.0", 3, 1)
    assert (found["asked"], found["responseRate"], found["csat"]["percent"]) == (0, None, None)


@pytest.mark.parametrize("query", ["from=2027-03-02&to=2027-03-01", "from=1900-01-01&to=2027-03-01", "from=yesterday"])
async def test_days_that_are_none(clinic: Clinic, query: str) -> None:
    assert (await clinic.get(f"{PATH}?{query}"))[0] == 422


async def test_nothing_at_all_is_a_report_too_and_finance_has_none(clinic: Clinic) -> None:
    found = await report(clinic)
    assert (found["answers"], found["mean"], found["change"], found["months"]) == (0, None, None, [])
    status = (await clinic.client.get(PATH, headers=await clinic.as_role(Role.FINANCE))).status_code
    assert status == 403
    assert date.fromisoformat(found["until"]) >= date.fromisoformat(found["since"])
