-- Everything of procrastinate's carries its name: the functions with their triggers, then tables, then types.
do $$
declare
    thing record;
begin
    for thing in
        select format('drop function %s cascade', oid::regprocedure) as command
        from pg_proc where proname like 'procrastinate\_%' and pronamespace = 'public'::regnamespace
    loop
        execute thing.command;
    end loop;
    drop table procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers cascade;
    for thing in
        select format('drop type %s cascade', oid::regtype) as command
        from pg_type where typname like 'procrastinate\_%' and typnamespace = 'public'::regnamespace and typtype in ('e', 'c')
    loop
        execute thing.command;
    end loop;
end
$$;
