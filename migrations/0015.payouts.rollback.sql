drop table crm.paying_accounts, crm.payment_batch_items, crm.payment_batches, crm.journal_lines, crm.journal_entries,
    crm.payout_lines, crm.owner_payouts, crm.payout_runs, crm.payout_numbers, crm.revenue_entries, crm.revenue_imports,
    crm.accounting_periods;
drop function crm.require_open_period_of_row, crm.require_balance, crm.require_open_periods_of_revenue,
    crm.share_revenue_lock, crm.require_open_period;
