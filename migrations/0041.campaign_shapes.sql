-- A campaign of steps is split by a step: it has no versions besides.

-- squawk-ignore-file constraint-missing-not-valid

alter table communications.campaigns
    add constraint campaigns_steps_or_versions check (steps = '[]' or variants = '[]');
