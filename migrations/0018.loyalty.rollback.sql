alter table crm.online_bookings drop column referral_code;
drop table loyalty.bulk_awards, loyalty.account_links, loyalty.referrals, loyalty.point_entries,
    loyalty.redemption_uses, loyalty.redemptions, loyalty.rewards, loyalty.point_lots, loyalty.tier_changes,
    loyalty.patient_points, loyalty.earning_rules, loyalty.tiers, loyalty.programs;
