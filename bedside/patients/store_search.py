"""SQL of the search box: one statement, a union of candidates that each come out of an index.

Names are looked up by word. Words that begin as typed come first; only where those are too few is the lexicon of all
words in names (crm.name_words) asked for words spelt alike: trigrams, or the same two first letters and at most two
letters' difference, which catches what trigrams do not (Maira for Maria).
"""

from typing import LiteralString

from bedside.kit.database import Tx
from bedside.patients.model import Patient
from bedside.patients.search_words import LAST, Wanted
from bedside.patients.store import FILTERS, PATIENT

# `%(end)s` is the last character there is: what begins with x lies between x and x followed by it. These operators are
# said instead of `like`, which can use an index only where the plan is made anew for every word.
_BY_NUMBER: LiteralString = """
select * from (select p.id, false as by_name from crm.patients p
 where p.record_number ~>=~ %(number)s and p.record_number ~<~ (%(number)s || %(end)s) {filters}
 order by p.record_number using ~<~ limit %(limit)s) by_record_number
union all
select * from (select p.id, false as by_name from crm.patient_identifiers i join crm.patients p on p.id = i.patient_id
 where upper(i.value) ~>=~ upper(%(number)s) and upper(i.value) ~<~ (upper(%(number)s) || %(end)s) {filters}
 order by upper(i.value) using ~<~ limit %(limit)s) by_identifier
"""
_BY_START: LiteralString = """
select * from (select p.id, false as by_name from unnest(%(starts)s::text[]) begins
 cross join lateral (select c.patient_id from crm.contact_points c
     where c.value ~>=~ begins and c.value ~<~ (begins || %(end)s)
     order by c.value using ~<~ limit %(limit)s::int * 5) c
 join crm.patients p on p.id = c.patient_id where true {filters} limit %(limit)s) by_contact
"""
_BY_END: LiteralString = """
select * from (select p.id, false as by_name from crm.contact_points c join crm.patients p on p.id = c.patient_id
 where c.kind = 'phone' and reverse(c.value) ~>=~ %(ending)s and reverse(c.value) ~<~ (%(ending)s || %(end)s) {filters}
 order by reverse(c.value) using ~<~ limit %(limit)s) by_last_digits
"""
# The words typed stand in a subquery, not in a join: its value is known before the scan begins, so that an index can be
# asked for it; joined, it was compared with each of 2 million patients. The last word may be half typed.
_BY_NAME_ONE: LiteralString = """
select * from (select p.id, true as by_name from crm.patients p
 where (crm.searchable(p.last_name) collate "C") >= (select parts[1] from typed)
   and (crm.searchable(p.last_name) collate "C") < (select parts[1] || %(end)s from typed) {filters}
 order by crm.searchable(p.last_name) collate "C", crm.searchable(p.first_name) collate "C", p.id
 limit %(limit)s) by_last_name
"""
_BY_NAME_TWO: LiteralString = """
select * from (select p.id, true as by_name from crm.patients p
 where (crm.searchable(p.last_name) collate "C") = (select parts[1] from typed)
   and (crm.searchable(p.first_name) collate "C") >= (select parts[2] from typed)
   and (crm.searchable(p.first_name) collate "C") < (select parts[2] || %(end)s from typed) {filters}
 order by crm.searchable(p.first_name) collate "C", p.id limit %(limit)s) by_last_and_first_name
"""
_BY_WORDS: LiteralString = """
select * from (select p.id, true as by_name from crm.patients p
 where p.name_words && (select words from begun) {whole} {hidden} limit %(limit)s::int * 5) by_words
"""
# Said so that the planner does not see that the index by name, which holds those not archived, would do: it would read
# the whole of it, where the index of words has its answer in a millisecond.
_PRESENT_HIDDEN: LiteralString = "num_nulls(p.archived_at) = 1"
_AND_WHOLE: LiteralString = "and p.name_words @> (select parts[:cardinality(parts) - 1] from typed)"
# words of the lexicon that are spelt like the word at this place, the nearest first
_NEAR: LiteralString = """array(
    select word collate "default" from (
        select word, levenshtein(left(word, 60), left(parts[{place}], 60)) as far from crm.name_words
        where word >= left(parts[{place}], 2) and word < left(parts[{place}], 2) || %(end)s
          and length(word) between length(parts[{place}]) - 2 and length(parts[{place}]) + 2
          and levenshtein_less_equal(left(word, 60), left(parts[{place}], 60), 2) <= 2
        union
        select word, levenshtein(left(word, 60), left(parts[{place}], 60)) from crm.name_words
        where word %% parts[{place}]) spelt
    order by far, word limit 12) as near_{place}"""
_IS_NEAR: LiteralString = "p.name_words && (select near_{place} from near)"
_BY_SPELLING: LiteralString = """
select * from (select p.id, true as by_name from crm.patients p
 where {near_all} {hidden} limit %(limit)s::int * 5) by_spelling
"""
_FOUND: LiteralString = """
with typed as materialized (select crm.words(%(text)s) as parts),
begun as materialized (
    select array(select word collate "default" from crm.name_words
                 where word >= parts[cardinality(parts)] and word < parts[cardinality(parts)] || %(end)s
                 order by word limit 40) as words from typed),
quick as materialized ({quick}),
near as materialized (select {near} from typed where (select count(*) from quick) < %(limit)s),
found as (
    select id, bool_and(by_name) as by_name
    from (select id, by_name from quick union all select id, by_name from ({spelt}) spelt) either group by id)
"""
# how far what was typed is from a name: nothing for a word that stands there, little for its beginning
_DISTANCE: LiteralString = """
case when found.by_name then (
    select sum(least) from (
        select min(case when stands = word then 0 when starts_with(stands, word) then 0.2
                        else levenshtein(left(stands, 60), left(word, 60)) end) as least
        from typed, unnest(typed.parts) word, unnest(p.name_words) stands group by word) each) else 0 end
"""
_PLACES: tuple[LiteralString, ...] = ("1", "2", "3", "4")


async def search(
    tx: Tx,
    wanted: Wanted,
    *,
    limit: int,
    archived: bool | None,
    hospital_id: int | None,
    language: str | None,
    tag: str | None,
) -> list[Patient]:
    """Patients that may be meant, the likeliest first: numbers, then names by how near they are."""
    filters: LiteralString = ""
    values = {"archived": archived, "hospital_id": hospital_id, "language": language, "tag": tag}
    for name, value in values.items():
        if value is not None:
            filters += " and " + (FILTERS["present"] if name == "archived" and not value else FILTERS[name])
    branches: list[LiteralString] = []
    if wanted.number is not None:
        branches.append(_BY_NUMBER)
    if wanted.starts:
        branches.append(_BY_START)
    if wanted.phone_end is not None:
        branches.append(_BY_END)
    places = _PLACES[: len(wanted.words)]
    if places:
        branches.append(_BY_WORDS.replace("{whole}", _AND_WHOLE if len(places) > 1 else ""))
    if len(places) == 1:
        branches.append(_BY_NAME_ONE)
    elif len(places) == 2:
        branches.append(_BY_NAME_TWO)
    if not branches:
        return []
    hidden = filters.replace(FILTERS["present"], _PRESENT_HIDDEN)
    quick: LiteralString = " union all ".join(branches).format(filters=filters, hidden=hidden)
    near: LiteralString = ", ".join([_NEAR.format(place=place) for place in places]) or "1"
    near_all: LiteralString = " and ".join([_IS_NEAR.format(place=place) for place in places]) or "false"
    spelt: LiteralString = _BY_SPELLING.format(near_all=near_all, hidden=hidden)
    found: LiteralString = _FOUND.format(quick=quick, near=near, spelt=spelt)
    # Every branch has an index of its own. Without figures about what is typed, the planner may think that reading the
    # whole table until `limit` rows are found is quicker, which at 2 million takes a second where the index takes 5 ms.
    await tx.execute("select set_config('enable_seqscan', 'off', true)")
    rows = await tx.all(
        Patient,
        found
        + PATIENT
        + " join found on found.id = p.id where true "
        + filters
        + " order by "
        + _DISTANCE
        + """, crm.searchable(p.last_name) collate "C", crm.searchable(p.first_name) collate "C", p.id
             limit %(limit)s""",
        text=" ".join(wanted.words),
        number=wanted.number,
        starts=wanted.starts,
        ending=wanted.phone_end,
        end=LAST,
        limit=limit,
        **values,
    )
    await tx.execute("select set_config('enable_seqscan', 'on', true)")
    return rows
