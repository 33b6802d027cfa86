"""Contracts with owners: versions of terms, signing, documents, and what they make of revenue. The front door."""

from bedside.contracts.drafting import add_contract, amend
from bedside.contracts.events import (
    ContractAdded,
    ContractAmended,
    ContractChanged,
    ContractExpiring,
    ContractRenewed,
    ContractSentToSign,
    ContractSigned,
    ContractTerminated,
)
from bedside.contracts.model import (
    Contract,
    ContractDetails,
    ContractInForce,
    ContractStatus,
    ContractVersion,
    NewContract,
    NewVersion,
    NoSuchContract,
    PaperSignature,
)
from bedside.contracts.own_reading import own_contracts
from bedside.contracts.reading import contract, contracts_in_force, contracts_of, seen_contract
from bedside.contracts.sentences import Names, term_sentences
from bedside.contracts.shares import Earned, RuleShare, rule_for, share_revenue, split
from bedside.contracts.signing import install_public_url, sign_on_paper, signing_link
from bedside.contracts.subjects import CONTRACT_SUBJECT
from bedside.contracts.terms import (
    Deduction,
    Guarantee,
    PartyShare,
    ShareRule,
    Terms,
    TermsRefused,
    Tier,
    check_terms,
)

__all__ = [
    "CONTRACT_SUBJECT", "Contract", "ContractAdded", "ContractAmended", "ContractChanged", "ContractDetails",
    "ContractExpiring", "ContractInForce", "ContractRenewed", "ContractSentToSign", "ContractSigned", "ContractStatus",
    "ContractTerminated", "ContractVersion", "Deduction", "Earned", "Guarantee", "Names", "NewContract", "NewVersion",
    "NoSuchContract", "PaperSignature", "PartyShare", "RuleShare", "ShareRule", "Terms", "TermsRefused", "Tier",
    "add_contract", "amend", "check_terms", "contract", "contracts_in_force", "contracts_of", "install_public_url",
    "own_contracts", "rule_for", "seen_contract", "share_revenue", "sign_on_paper", "signing_link", "split",
    "term_sentences",
]  # fmt: skip
