-- Mail that was put together from blocks: its MJML, from which the HTML is made.

-- squawk-ignore-file constraint-missing-not-valid

alter table communications.template_versions
    add column mjml text,
    -- a mail looks in one way: as its HTML says, or its blocks
    add constraint template_versions_one_look check (mjml is null or (html is null and channel = 'email'));
