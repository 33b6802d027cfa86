drop table crm.contract_warnings, crm.contract_documents, crm.contract_signing_links, crm.contract_signatures,
    crm.contract_parties, crm.contract_versions, crm.owner_contracts;
drop function crm.refuse_overlapping_version;
drop sequence crm.contract_numbers;
