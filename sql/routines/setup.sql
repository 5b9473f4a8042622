-- Turning everything on, as far as the role that asks may. Each step stands alone: what cannot be done is said
-- with its reason, and what is done already is left as it is.

create or replace function script_tracking.make_event_trigger(name text, event text, function_name text, description text)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  enabled "char";
begin
  select t.evtenabled into enabled from pg_event_trigger t where t.evtname = make_event_trigger.name;
  if not found then
    execute format('create event trigger %I on %s execute function script_tracking.%I()', name, event, function_name);
    execute format('comment on event trigger %I is %L', name, description);
    insert into script_tracking.installed_object (object_type, identity)
    values ('event trigger', quote_ident(name))
    on conflict do nothing;
    return 'made';
  elsif enabled = 'D' then
    execute format('alter event trigger %I enable', name);
    return 'switched on';
  end if;
  return 'on already';
end
$$;

comment on function script_tracking.make_event_trigger(text, text, text, text) is 'Makes an event trigger of the framework or switches it on, and says which';

create or replace function script_tracking.setup_event_triggers()
returns table (step text, done boolean, message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted record;
begin
  for wanted in
    select w.name, w.event, w.function_name, w.description from script_tracking.wanted_event_trigger w
  loop
    step := format('event trigger %s on %s', wanted.name, wanted.event);
    begin
      message := script_tracking.make_event_trigger(wanted.name, wanted.event, wanted.function_name, wanted.description);
      done := true;
    exception when others then
      message := format('%s (%s). Event triggers take a superuser, or the role that a managed service has for it.', sqlerrm, sqlstate);
      done := false;
    end;
    return next;
  end loop;
end
$$;

comment on function script_tracking.setup_event_triggers() is 'Makes or switches on the event triggers, where the role may';

create or replace function script_tracking.setup_wrappers()
returns table (step text, done boolean, message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted record;
begin
  for wanted in
    select w.name, p.oid::regprocedure as routine
    from unnest(array['login_user', 'register_user', 'validate_session']) with ordinality w (name, place)
    left join pg_proc p on p.proname = w.name and p.pronamespace = to_regnamespace('auth')
    order by w.place, p.oid
  loop
    step := format('wrapper of %s', coalesce(wanted.routine::text, 'auth.' || wanted.name));
    begin
      if wanted.routine is null then
        done := false;
        message := format('There is no function auth.%s here.', wanted.name);
      elsif exists (select from script_tracking.tracking_wrapper w where w.original = wanted.routine and not w.stale) then
        done := true;
        message := format('%s records its calls already.', script_tracking.wrapper_of(wanted.routine));
      else
        message := format('%s records its calls.', script_tracking.create_tracking_wrapper(wanted.routine));
        done := true;
      end if;
    exception when others then
      done := false;
      message := format('%s (%s)', sqlerrm, sqlstate);
    end;
    return next;
  end loop;
end
$$;

comment on function script_tracking.setup_wrappers() is 'Wraps the functions of the schema auth that log users in, where they exist';

create or replace function script_tracking.setup_enterprise_tracking()
returns table (step text, done boolean, message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  call record;
  log regprocedure;
begin
  return query select s.* from script_tracking.setup_event_triggers() s;
  return query select s.* from script_tracking.setup_wrappers() s;

  -- Parts of the framework that a database may not have yet.
  for call in
    select *
    from (
      values
        ('months of the ledger', 'extend_ledger(integer)', 'extend_ledger()', '%s months made'),
        ('object versions', 'record_object_versions()', 'record_object_versions()', '%s versions recorded'),
        ('roles, databases and settings', 'compare_shared_catalogs()', 'compare_shared_catalogs()', 'compared with the last time: %s')
    ) as calls (what, signature, call, answer)
  loop
    continue when to_regprocedure('script_tracking.' || call.signature) is null;
    step := call.what;
    begin
      execute format('select string_agg(r::text, %L) from script_tracking.%s r', ', ', call.call) into message;
      message := format(call.answer, coalesce(message, 'nothing'));
      done := true;
    exception when others then
      message := format('%s (%s)', sqlerrm, sqlstate);
      done := false;
    end;
    return next;
  end loop;

  step := 'util.log_audit_event';
  log := script_tracking.audit_log();
  done := log is not null and script_tracking.trusts_audit_log(log, '');
  message := case
    when log is null then 'There is no function util.log_audit_event(text, text, text, text, jsonb) here, so nothing is sent there.'
    when done then 'It is told of what calls begin and end.'
    else (
      select format('It belongs to %s, its schema to %s, and it runs with the rights of everybody who records, so it is called for that role alone. Give both to a superuser.',
        pg_get_userbyid(p.proowner), pg_get_userbyid(n.nspowner))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = log)
  end;
  return next;
end
$$;

comment on function script_tracking.setup_enterprise_tracking() is 'Turns everything on that the caller may turn on: event triggers, wrappers of auth.login_user, auth.register_user and auth.validate_session, the months to come. A row for each step: whether it is done, and if not, why. Run again, it does what is missing';
