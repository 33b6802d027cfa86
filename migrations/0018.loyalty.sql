-- Loyalty: the program in versions, points in lots, rewards and their vouchers, referrals.

-- a version of the program holds from its start until the next one's
create table loyalty.programs (
    id bigint generated always as identity primary key,
    number integer not null unique check (number > 0),
    name text not null,
    starts_at timestamptz not null,
    -- in which days end
    time_zone text not null,
    -- null: points last for ever
    points_last_months smallint check (points_last_months between 1 and 120),
    -- tiers come from what was earned in so many months; who falls below keeps theirs for the days of grace
    qualification_months smallint not null check (qualification_months between 1 and 60),
    grace_days smallint not null check (grace_days between 0 and 730),
    -- how long before points expire their patient is told; 0: not at all
    warn_days smallint not null check (warn_days between 0 and 180),
    voucher_days smallint not null check (voucher_days between 1 and 730),
    -- the most that somebody of a role may award by hand at once: {"front_desk": 200}; a role that is not named: nothing
    award_limits jsonb not null check (jsonb_typeof(award_limits) = 'object'),
    -- what the books say a hundred points cost; null: liability is told in points alone
    hundred_points_minor bigint check (hundred_points_minor >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    -- one that had not begun may be taken back
    withdrawn_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    check ((hundred_points_minor is null) = (currency is null))
);
create unique index programs_start on loyalty.programs (starts_at) where withdrawn_at is null;

create table loyalty.tiers (
    id bigint generated always as identity primary key,
    program_id bigint not null references loyalty.programs,
    -- the same code in the next version is the same tier
    code text not null check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    name text not null,
    position smallint not null,
    -- points earned in the qualification window; reached at exactly so many
    threshold integer not null check (threshold >= 0),
    benefits text[] not null default '{}',
    unique (program_id, code),
    unique (program_id, position),
    unique (program_id, threshold),
    check (position > 0 or threshold = 0)
);

create table loyalty.earning_rules (
    id bigint generated always as identity primary key,
    program_id bigint not null references loyalty.programs,
    kind text not null check (kind in
        ('visit_completed', 'feedback', 'feedback_with_words', 'referral', 'referred', 'birthday')),
    points integer not null check (points > 0 and points <= 1000000),
    unique (program_id, kind)
);

-- the account: locked by whatever changes a patient's points. No balance stands here: it is the sum of the lots
create table loyalty.patient_points (
    patient_id bigint primary key references crm.patients,
    -- points that were taken back after they had been spent; what is earned next settles them first
    owed bigint not null default 0 check (owed >= 0),
    tier_code text,
    tier_since timestamptz,
    -- until when the tier is kept though too little was earned
    tier_until timestamptz,
    tier_why text not null default '',
    referral_code text not null unique,
    joined_at timestamptz not null,
    last_earned_at timestamptz
);
create index patient_points_tier on loyalty.patient_points (tier_code);
create index patient_points_tier_until on loyalty.patient_points (tier_until) where tier_until is not null;

create table loyalty.tier_changes (
    id bigint generated always as identity primary key,
    patient_id bigint not null references loyalty.patient_points,
    from_code text,
    to_code text not null,
    changed_at timestamptz not null,
    why text not null
);
create index tier_changes_patient on loyalty.tier_changes (patient_id, id desc);
create trigger tier_changes_append_only before update or delete on loyalty.tier_changes
    for each row execute function crm.refuse_change();

-- an award, with what is left of it and when that expires
create table loyalty.point_lots (
    id bigint generated always as identity primary key,
    patient_id bigint not null references loyalty.patient_points,
    points integer not null check (points > 0),
    left_over integer not null check (left_over between 0 and points),
    -- what earned it: visit_completed, feedback, referral, referred, birthday, manual, campaign; or a refill
    rule text not null,
    -- 'appointment:7', 'patient:12', 'manual:<key>': what it was earned by, once for each rule
    source text not null,
    program_id bigint not null references loyalty.programs,
    hospital_id bigint references crm.hospitals,
    -- a refill was earned before
    counts_for_tier boolean not null default true,
    earned_at timestamptz not null,
    -- the first instant at which it is no longer there; null: never
    expires_at timestamptz,
    -- when its patient was told that it is about to expire
    warned_at timestamptz,
    reversed_at timestamptz,
    reason text not null default '',
    created_by_name text not null,
    check (expires_at > earned_at),
    -- what was taken back is not there to be spent
    check (reversed_at is null or left_over = 0)
);
create unique index point_lots_once on loyalty.point_lots (rule, source) where reversed_at is null;
-- spending order, and the balance; nulls come last by themselves
create index point_lots_left on loyalty.point_lots (patient_id, expires_at, id) include (left_over) where left_over > 0;
create index point_lots_expiring on loyalty.point_lots (expires_at) where left_over > 0 and expires_at is not null;
create index point_lots_earned on loyalty.point_lots (patient_id, earned_at) include (points)
    where counts_for_tier and reversed_at is null;

create table loyalty.rewards (
    id bigint generated always as identity primary key,
    name text not null,
    description text not null default '',
    -- in other languages: {"es": {"name": "...", "description": "..."}}
    translations jsonb not null default '{}',
    picture_file_id bigint references crm.files,
    points_cost integer not null check (points_cost > 0),
    -- null: as many as are asked for
    stock integer check (stock >= 0),
    -- null: for everybody; else for this tier and those above it
    tier_code text,
    available_from timestamptz,
    available_until timestamptz,
    per_person_limit smallint check (per_person_limit > 0),
    -- null: as the program says
    voucher_days smallint check (voucher_days between 1 and 730),
    archived_at timestamptz,
    created_by_name text not null,
    created_at timestamptz not null,
    version integer not null default 1,
    check (available_until > available_from)
);

create table loyalty.redemptions (
    id bigint generated always as identity primary key,
    patient_id bigint not null references loyalty.patient_points,
    reward_id bigint not null references loyalty.rewards,
    -- what it was called and cost when it was redeemed
    reward_name text not null,
    points integer not null check (points > 0),
    -- on the voucher, in words and as QR
    code text not null unique,
    -- one that ran out is 'issued' with its time past
    status text not null check (status in ('issued', 'used', 'cancelled')),
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by_name text,
    used_hospital_id bigint references crm.hospitals,
    cancelled_at timestamptz,
    cancelled_because text,
    source text not null check (source in ('desk', 'link', 'api')),
    created_by_name text not null,
    check (expires_at > issued_at),
    check ((status = 'used') = (used_at is not null)),
    check ((status = 'cancelled') = (cancelled_at is not null))
);
create index redemptions_patient on loyalty.redemptions (patient_id, id desc);
create index redemptions_reward on loyalty.redemptions (reward_id, id desc);
create index redemptions_issued on loyalty.redemptions (issued_at desc, id desc);

create table loyalty.redemption_uses (
    redemption_id bigint not null references loyalty.redemptions,
    lot_id bigint not null references loyalty.point_lots,
    points integer not null check (points > 0),
    primary key (redemption_id, lot_id)
);
create index redemption_uses_lot on loyalty.redemption_uses (lot_id);

-- everything that ever moved a point. What is left of a lot is the sum of its entries; what is owed is what was missing
-- less what was settled since
create table loyalty.point_entries (
    id bigint generated always as identity primary key,
    patient_id bigint not null references loyalty.patient_points,
    kind text not null check (kind in
        ('earned', 'spent', 'expired', 'refilled', 'reversed', 'missing', 'settled')),
    points integer not null,
    lot_id bigint references loyalty.point_lots,
    redemption_id bigint references loyalty.redemptions,
    happened_at timestamptz not null,
    reason text not null default '',
    created_by_name text not null,
    check (case when kind in ('earned', 'refilled') then points > 0 else points < 0 end),
    check ((kind = 'missing') = (lot_id is null))
);
create index point_entries_patient on loyalty.point_entries (patient_id, id desc);
create index point_entries_lot on loyalty.point_entries (lot_id) where lot_id is not null;
create index point_entries_day on loyalty.point_entries (happened_at);
create trigger point_entries_append_only before update or delete on loyalty.point_entries
    for each row execute function crm.refuse_change();

create table loyalty.referrals (
    id bigint generated always as identity primary key,
    referrer_id bigint not null references loyalty.patient_points,
    -- brought once, by one person
    friend_id bigint not null unique references crm.patients,
    status text not null check (status in ('pending', 'completed', 'refused')),
    because text not null default '',
    appointment_id bigint references crm.appointments,
    created_by_name text not null,
    created_at timestamptz not null,
    completed_at timestamptz,
    check (referrer_id <> friend_id),
    check ((status = 'completed') = (completed_at is not null))
);
create index referrals_referrer on loyalty.referrals (referrer_id, id desc);

-- links by which a patient sees their own points, redeems and shows vouchers
create table loyalty.account_links (
    token_hash bytea primary key,
    patient_id bigint not null references loyalty.patient_points,
    expires_at timestamptz not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index account_links_patient on loyalty.account_links (patient_id);

-- awards to many at once: how far they are, so that they can go on where they stopped
create table loyalty.bulk_awards (
    id bigint generated always as identity primary key,
    -- visits: for visits completed between two days; people: a bonus for those named
    kind text not null check (kind in ('visits', 'people')),
    status text not null check (status in ('running', 'done', 'failed')),
    from_day date,
    until_day date,
    hospital_id bigint references crm.hospitals,
    patient_ids bigint[],
    points integer check (points > 0),
    reason text not null default '',
    through_id bigint not null default 0,
    total integer not null default 0,
    awarded integer not null default 0,
    -- had been awarded before
    skipped integer not null default 0,
    because text not null default '',
    created_by_name text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    check ((kind = 'visits') = (from_day is not null and until_day is not null))
);

-- the friend's own booking says who sent them
alter table crm.online_bookings add column referral_code text;

insert into loyalty.programs (number, name, starts_at, time_zone, points_last_months, qualification_months, grace_days,
    warn_days, voucher_days, award_limits, created_by_name, created_at)
values (1, 'Bedside Rewards', '2020-01-01T00:00:00Z', 'UTC', 24, 12, 90, 30, 90,
    '{"admin": 5000, "front_desk": 200, "integration": 500}', 'Bedside', '2020-01-01T00:00:00Z');
insert into loyalty.tiers (program_id, code, name, position, threshold, benefits)
select programs.id, given.code, given.name, given.position, given.threshold, given.benefits
from loyalty.programs, (values
    ('bronze', 'Bronze', 0, 0, '{"Points for every visit"}'::text[]),
    ('silver', 'Silver', 1, 500, '{"Birthday points","Appointment reminders on every channel"}'),
    ('gold', 'Gold', 2, 1500, '{"Priority on the waiting list","Birthday points"}'),
    ('platinum', 'Platinum', 3, 3000, '{"A named contact","Priority on the waiting list","Birthday points"}')
) given (code, name, position, threshold, benefits);
insert into loyalty.earning_rules (program_id, kind, points)
select programs.id, given.kind, given.points
from loyalty.programs, (values
    ('visit_completed', 100), ('feedback', 25), ('feedback_with_words', 50), ('referral', 200)
) given (kind, points);
insert into loyalty.rewards (name, description, translations, points_cost, created_by_name, created_at) values
    ('Priority appointment', 'The first free time, ahead of the waiting list.',
     '{"es": {"name": "Cita prioritaria", "description": "La primera hora libre, antes de la lista de espera."}, "ar": {"name": "موعد ذو أولوية", "description": "أول وقت متاح قبل قائمة الانتظار."}}',
     250, 'Bedside', '2020-01-01T00:00:00Z'),
    ('Free health check-up', 'A general check-up with blood pressure and blood sugar.',
     '{"es": {"name": "Chequeo médico gratuito", "description": "Un chequeo general con presión arterial y glucosa."}, "ar": {"name": "فحص صحي مجاني", "description": "فحص عام مع قياس ضغط الدم والسكر."}}',
     500, 'Bedside', '2020-01-01T00:00:00Z'),
    ('Free consultation', 'One consultation with a clinician of your choice.',
     '{"es": {"name": "Consulta gratuita", "description": "Una consulta con el profesional que usted elija."}, "ar": {"name": "استشارة مجانية", "description": "استشارة واحدة مع الطبيب الذي تختاره."}}',
     750, 'Bedside', '2020-01-01T00:00:00Z'),
    ('20% off a service', 'A fifth off any one service that you pay for yourself.',
     '{"es": {"name": "20 % de descuento en un servicio", "description": "Una quinta parte menos en un servicio que pague usted."}, "ar": {"name": "خصم 20٪ على خدمة", "description": "خصم الخُمس على خدمة واحدة تدفع ثمنها بنفسك."}}',
     1000, 'Bedside', '2020-01-01T00:00:00Z');
