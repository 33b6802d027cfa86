-- An approval of a campaign is for these words, and for about so many people.

-- squawk-ignore-file constraint-missing-not-valid

alter table communications.campaigns
    -- to how many people it went when somebody approved of it; null: not approved, or before this was kept
    add column approved_people integer check (approved_people >= 0),
    -- the newest versions of its templates then
    add column approved_versions bigint[],
    add constraint campaigns_seen_by_who_approved
        check (approved_at is not null or (approved_people is null and approved_versions is null));
