"""What parties read of a contract, in English. Every language has the same keys (a test holds them to it)."""

WORDS: dict[str, str] = {
    "language": "English",
    # the terms in sentences
    "all_revenue": "Of all revenue",
    "all_other_revenue": "Of all other revenue",
    "department_revenue": "Of the revenue of {department}",
    "line_revenue": "Of revenue from {line}",
    "department_line_revenue": "Of revenue from {line} of {department}",
    "gets": "{party} gets {percent}",
    "keeps": "{party} keeps {percent}",
    "fixed": "{scope}, {parts}.",
    "slab": "{scope}, a month's total is shared as a whole at the rate that it reaches:",
    "marginal": "{scope}, each part of a month's total is shared at the rate of the tier in which it lies:",
    "from_to": "From {begins} up to {ends}: {parts}.",
    "from_on": "From {begins} on: {parts}.",
    "deduct_percent": "{percent} for {name} is taken off first.",
    "deduct_amount": "{amount} a month for {name} is taken off first.",
    "guarantee_month": "{party} gets at least {amount} a month.",
    "guarantee_quarter": "{party} gets at least {amount} a calendar quarter.",
    "guarantee_year": "{party} gets at least {amount} a calendar year.",
    "uncovered": "Revenue that is not named here stays with {hospital}.",
    "list_comma": ", ",
    "list_and": " and ",
    "percent": "{number}%",
}
