-- What hospitals earned, what of it is owed to owners, what was paid, and the double-entry journal underneath.
-- Money is whole minor units of a currency. A period is a month, kept as its first day.

create table crm.accounting_periods (
    hospital_id bigint not null references crm.hospitals,
    period date not null check (extract(day from period) = 1),
    status text not null default 'open' check (status in ('open', 'closed')),
    closed_at timestamptz,
    closed_by_name text,
    reopened_at timestamptz,
    reopened_by_name text,
    reopened_because text,
    version integer not null default 1,
    primary key (hospital_id, period),
    check ((status = 'closed') <= (closed_at is not null)),
    check ((reopened_at is null) = (reopened_because is null))
);

-- Whoever writes into a period holds it open until commit: closing it waits for them, and they for whoever closes it.
create function crm.require_open_period(hospital bigint, month date) returns void language plpgsql as $$
begin
    insert into crm.accounting_periods (hospital_id, period) values (hospital, month) on conflict do nothing;
    if (select status from crm.accounting_periods where hospital_id = hospital and period = month for share) = 'closed' then
        raise exception 'the period % of hospital % is closed', month, hospital
            using errcode = 'check_violation', constraint = 'period_closed';
    end if;
end $$;

create function crm.require_open_period_of_row() returns trigger language plpgsql as $$
begin
    perform crm.require_open_period(new.hospital_id, new.period);
    return new;
end $$;

create table crm.revenue_imports (
    id bigint generated always as identity primary key,
    file_name text not null,
    entries integer not null default 0,
    refused integer not null default 0,
    created_by_name text not null,
    created_at timestamptz not null,
    undone_at timestamptz,
    undone_by_name text
);

create table crm.revenue_entries (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    department_id bigint references crm.departments,
    service_line text not null default '',
    -- the day it was earned, which decides the terms that share it
    revenue_on date not null,
    -- the month whose books it stands in: that of its day, or a later one where that was closed
    period date not null check (extract(day from period) = 1 and period >= date_trunc('month', revenue_on)),
    kind text not null check (kind in ('charge', 'refund', 'correction')),
    amount_minor bigint not null check (amount_minor <> 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- the entry that a refund or a correction is about
    corrects bigint references crm.revenue_entries,
    description text not null default '',
    source text not null default 'api',
    -- how the other system calls it: sent twice, it is one entry
    external_id text,
    import_id bigint references crm.revenue_imports,
    created_by_name text not null,
    created_at timestamptz not null,
    check (kind <> 'charge' or amount_minor > 0),
    check (kind <> 'refund' or amount_minor < 0)
);
create unique index revenue_entries_external on crm.revenue_entries (source, external_id) where external_id is not null;
create index revenue_entries_period on crm.revenue_entries (hospital_id, period, currency);
create index revenue_entries_day on crm.revenue_entries (revenue_on, id);
create index revenue_entries_corrects on crm.revenue_entries (corrects) where corrects is not null;
create index revenue_entries_import on crm.revenue_entries (import_id) where import_id is not null;
create trigger revenue_entries_append_only before update or delete on crm.revenue_entries
    for each statement execute function crm.refuse_change();

-- A calculation notes the last entry that it counted. That says exactly which ones only if none with a lower id can
-- still commit: so writers share a lock from before their ids are drawn, and whoever takes the note has it alone.
create function crm.share_revenue_lock() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('crm.revenue_entries', 0));
    return null;
end $$;
create trigger revenue_entries_lock before insert on crm.revenue_entries
    for each statement execute function crm.share_revenue_lock();

create function crm.require_open_periods_of_revenue() returns trigger language plpgsql as $$
begin
    perform crm.require_open_period(hospital_id, period)
    from (select distinct hospital_id, period from added order by 1, 2) as months;
    return null;
end $$;
create trigger revenue_entries_period_open after insert on crm.revenue_entries
    referencing new table as added for each statement execute function crm.require_open_periods_of_revenue();

-- the last number given out, a hospital and year: counted up in the transaction that uses it, so there are no gaps
create table crm.payout_numbers (
    hospital_id bigint not null references crm.hospitals,
    year smallint not null,
    last integer not null check (last > 0),
    primary key (hospital_id, year)
);

create table crm.payout_runs (
    id bigint generated always as identity primary key,
    -- null: every hospital
    hospital_id bigint references crm.hospitals,
    period date not null check (extract(day from period) = 1),
    status text not null default 'calculating' check (status in ('calculating', 'done', 'failed')),
    contracts integer not null default 0,
    contracts_done integer not null default 0,
    payouts_made integer not null default 0,
    skipped integer not null default 0,
    -- the last revenue entry that counts
    entries_through bigint not null,
    -- how far it has come: contracts are worked through by id, so a run that was interrupted goes on from here
    after_contract bigint not null default 0,
    error text not null default '',
    created_by_kind text not null,
    created_by_id bigint,
    created_by_name text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    check ((status = 'calculating') = (finished_at is null))
);
create unique index payout_runs_one_at_a_time on crm.payout_runs (coalesce(hospital_id, 0), period) where status = 'calculating';

create table crm.owner_payouts (
    id bigint generated always as identity primary key,
    -- made by us without gaps, or brought along by a payment that was already made
    reference_number text not null check (length(reference_number) between 1 and 64),
    hospital_id bigint not null references crm.hospitals,
    owner_id bigint not null references crm.hospital_owners,
    contract_id bigint references crm.owner_contracts,
    -- share: what a contract gives for the month; manual: an amount that staff set; recorded: paid under no contract
    kind text not null check (kind in ('share', 'manual', 'recorded')),
    -- had been paid already when it was written down here: nobody approved it, so a second person reviews it
    paid_before boolean not null default false,
    period date not null check (extract(day from period) = 1),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    revision integer not null default 1 check (revision > 0),
    status text not null check (status in ('draft', 'approved', 'paid', 'reversed', 'discarded')),
    amount_minor bigint not null check (amount_minor >= 0),
    method text check (method in ('bank_transfer', 'check', 'mobile_wallet', 'cash')),
    -- where the money goes, as it was when it was approved
    payment_details_id bigint references crm.owner_payment_details,
    -- the check's number, the wallet's transaction, who signed for the cash, the bank's reference
    payment_reference text not null default '',
    paid_on date,
    note text not null default '',
    run_id bigint references crm.payout_runs,
    entries_through bigint,
    -- which terms, which days, and what an earlier payout had counted; with the lines' own inputs that is everything that
    -- the lines were computed from, and computing again gives the same
    inputs jsonb not null default '{}',
    inputs_sha256 bytea check (length(inputs_sha256) = 32),
    -- the reversed or discarded payout that this one stands in for
    replaces bigint references crm.owner_payouts,
    -- a recorded payment: the payout that deducts it
    deducted_in bigint references crm.owner_payouts,
    created_by_kind text not null,
    created_by_id bigint,
    created_by_name text not null,
    changed_by_kind text not null,
    changed_by_id bigint,
    changed_by_name text not null,
    approved_at timestamptz,
    approved_by_id bigint references crm.staff,
    approved_by_name text,
    paid_at timestamptz,
    paid_by_name text,
    reversed_at timestamptz,
    reversed_by_name text,
    reversal_reason text,
    discarded_at timestamptz,
    discarded_by_name text,
    -- what had been paid before was looked at by a second person
    reviewed_at timestamptz,
    reviewed_by_id bigint references crm.staff,
    reviewed_by_name text,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (kind <> 'share' or contract_id is not null),
    check (kind <> 'recorded' or (paid_before and contract_id is null)),
    check (not paid_before or status in ('paid', 'reversed')),
    check (status not in ('approved', 'paid', 'reversed') or (approved_at is not null) <> paid_before),
    check ((approved_at is null) = (approved_by_name is null)),
    check (status not in ('paid', 'reversed') or (paid_at is not null and paid_on is not null)),
    check (status <> 'paid' or amount_minor = 0 or method is not null),
    check ((status = 'reversed') = (reversed_at is not null)),
    check ((status = 'discarded') = (discarded_at is not null)),
    -- nobody approves, or reviews, what they made or last changed themselves
    constraint owner_payouts_two_people check (approved_by_id is null or not (
        (created_by_kind = 'staff' and created_by_id = approved_by_id)
        or (changed_by_kind = 'staff' and changed_by_id = approved_by_id))),
    constraint owner_payouts_two_reviewers check (reviewed_by_id is null or not (
        created_by_kind = 'staff' and created_by_id = reviewed_by_id))
);
create unique index owner_payouts_reference on crm.owner_payouts (lower(reference_number));
-- one a contract, party, month, currency, kind and revision; and one of them at most in force
create unique index owner_payouts_revision on crm.owner_payouts (contract_id, owner_id, period, currency, kind, revision)
    where contract_id is not null and kind = 'share';
create unique index owner_payouts_in_force on crm.owner_payouts (contract_id, owner_id, period, currency, kind)
    where contract_id is not null and kind = 'share' and status not in ('reversed', 'discarded');
-- nothing is drafted for a closed month, nor written down as paid for it; and a month is not closed while that happens
create trigger owner_payouts_period_open before insert on crm.owner_payouts
    for each row execute function crm.require_open_period_of_row();
create index owner_payouts_owner on crm.owner_payouts (owner_id, period desc, id desc);
create index owner_payouts_hospital on crm.owner_payouts (hospital_id, period desc, id desc);
create index owner_payouts_open on crm.owner_payouts (status, period) where status in ('draft', 'approved');
create index owner_payouts_unreviewed on crm.owner_payouts (id) where paid_before and reviewed_at is null;
create index owner_payouts_undeducted on crm.owner_payouts (owner_id, hospital_id, currency) where kind = 'recorded' and deducted_in is null;
create index owner_payouts_deducted_in on crm.owner_payouts (deducted_in) where deducted_in is not null;
create index owner_payouts_run on crm.owner_payouts (run_id) where run_id is not null;

create table crm.payout_lines (
    id bigint generated always as identity primary key,
    payout_id bigint not null references crm.owner_payouts,
    position smallint not null check (position > 0),
    -- share: of a month's revenue by a rule; guarantee: tops up; adjustment: a late entry of an earlier month; recorded:
    -- deducts a payment already made; brought_forward and carried_forward: what was, and still is, below zero
    kind text not null check (kind in
        ('share', 'guarantee', 'adjustment', 'recorded', 'brought_forward', 'carried_forward', 'stated')),
    description text not null,
    amount_minor bigint not null,
    base_minor bigint,
    entries integer not null default 0,
    -- pinned: which version of the terms, and everything else that the amount follows from
    contract_version_id bigint references crm.contract_versions,
    inputs jsonb not null default '{}',
    -- recorded: the payment that is deducted
    recorded_payout_id bigint references crm.owner_payouts,
    unique (payout_id, position)
);
create trigger payout_lines_append_only before update or delete on crm.payout_lines
    for each statement execute function crm.refuse_change();

create table crm.journal_entries (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    period date not null check (extract(day from period) = 1),
    kind text not null check (kind in ('accrual', 'payment', 'recorded_payment', 'reversal')),
    payout_id bigint not null references crm.owner_payouts,
    -- a reversal mirrors one entry whole, and once
    reverses bigint unique references crm.journal_entries,
    description text not null default '',
    posted_by_name text not null,
    posted_at timestamptz not null,
    check ((kind = 'reversal') = (reverses is not null))
);
create index journal_entries_payout on crm.journal_entries (payout_id, id);
create index journal_entries_period on crm.journal_entries (hospital_id, period, id);

create table crm.journal_lines (
    id bigint generated always as identity primary key,
    entry_id bigint not null references crm.journal_entries,
    account text not null check (account in
        ('revenue_share_expense', 'owner_payable', 'owner_advances', 'cash_and_bank')),
    owner_id bigint not null references crm.hospital_owners,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- debit above zero, credit below
    amount_minor bigint not null check (amount_minor <> 0)
);
create index journal_lines_entry on crm.journal_lines (entry_id);
create index journal_lines_account on crm.journal_lines (account, currency, owner_id);
create trigger journal_entries_append_only before update or delete on crm.journal_entries
    for each statement execute function crm.refuse_change();
create trigger journal_lines_append_only before update or delete on crm.journal_lines
    for each statement execute function crm.refuse_change();

-- every posting balances in each currency, looked at when the transaction commits
create function crm.require_balance() returns trigger language plpgsql as $$
declare
    entry bigint := case when tg_table_name = 'journal_lines' then (to_jsonb(new) ->> 'entry_id')::bigint else new.id end;
begin
    if (select count(*) from crm.journal_lines where entry_id = entry) < 2
       or exists (select from crm.journal_lines where entry_id = entry group by currency having sum(amount_minor) <> 0) then
        raise exception 'journal entry % does not balance', entry
            using errcode = 'check_violation', constraint = 'journal_balances';
    end if;
    return null;
end $$;
create constraint trigger journal_entries_balance after insert on crm.journal_entries
    deferrable initially deferred for each row execute function crm.require_balance();
create constraint trigger journal_lines_balance after insert on crm.journal_lines
    deferrable initially deferred for each row execute function crm.require_balance();

create trigger journal_entries_period_open before insert on crm.journal_entries
    for each row execute function crm.require_open_period_of_row();

-- a file for the bank: which approved payouts it pays. The file itself is made when it is asked for.
create table crm.payment_batches (
    id bigint generated always as identity primary key,
    hospital_id bigint not null references crm.hospitals,
    message_id text not null unique check (length(message_id) between 1 and 35),
    execute_on date not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'open' check (status in ('open', 'paid', 'discarded')),
    created_by_name text not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    ended_by_name text,
    version integer not null default 1,
    check ((status = 'open') = (ended_at is null))
);
create table crm.payment_batch_items (
    batch_id bigint not null references crm.payment_batches,
    payout_id bigint not null references crm.owner_payouts,
    -- false once the batch was discarded or the payout taken out of it: a payout stands in one batch at most
    in_force boolean not null default true,
    primary key (batch_id, payout_id)
);
create unique index payment_batch_items_once on crm.payment_batch_items (payout_id) where in_force;

-- where a hospital pays from, which a bank wants to read in its file
create table crm.paying_accounts (
    hospital_id bigint primary key references crm.hospitals,
    holder text not null,
    details_sealed bytea not null,
    masked text not null,
    updated_by_name text not null,
    updated_at timestamptz not null
);
