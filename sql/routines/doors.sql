--! as installer
-- The two calls that scripts make without knowing where the framework lives. A function of that name
-- and signature that is not ours stays as it is.

do $$
declare
  door record;
begin
  for door in
    select *
    from (
      values
        ('track_operation', 'text, text', $door$
          create or replace function public.track_operation(name text, type text default 'MANUAL')
          returns bytea
          language sql
          as 'select script_tracking.track_operation($1, $2)'
        $door$),
        ('complete_operation', 'bytea, boolean, text', $door$
          create or replace function public.complete_operation(hk bytea, success boolean default true, error_message text default null)
          returns boolean
          language sql
          as 'select script_tracking.complete_operation($1, $2, $3)'
        $door$)
    ) as doors (name, arguments, definition)
  loop
    continue when to_regnamespace('public') is null
      or not pg_catalog.has_schema_privilege('public', 'create');
    continue when exists (
      select from pg_catalog.pg_proc p
      where p.oid = pg_catalog.to_regprocedure(pg_catalog.format('public.%I(%s)', door.name, door.arguments))
        and pg_catalog.strpos(p.prosrc, 'script_tracking.' || door.name) = 0
    );
    execute door.definition;
    execute pg_catalog.format('comment on function public.%I(%s) is %L', door.name, door.arguments,
      'pgSteward: the same as script_tracking.' || door.name);
  end loop;
end
$$;
