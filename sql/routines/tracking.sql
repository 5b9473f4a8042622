--! as installer
--! last
-- Turns automatic tracking on, where the installing role may. Of two event triggers on one event the
-- one whose name sorts first runs first: "caller" before "drop_tracker" and "tracker".

do $$
declare
  wanted record;
begin
  for wanted in
    select w.name, w.event, w.function_name, w.description, w.is_ddl from script_tracking.wanted_event_trigger w
  loop
    continue when exists (select from pg_catalog.pg_event_trigger t where t.evtname = wanted.name);
    execute pg_catalog.format('create event trigger %I on %s execute function script_tracking.%I()',
      wanted.name, wanted.event, wanted.function_name);
    execute pg_catalog.format('comment on event trigger %I is %L', wanted.name, wanted.description);
    -- Logins are recorded once somebody wants it: each of them is written to disk then.
    if not wanted.is_ddl then
      execute pg_catalog.format('alter event trigger %I disable', wanted.name);
    end if;
  end loop;
exception
  -- All the rest works without; the installer says what is missing.
  when insufficient_privilege then null;
end
$$;
