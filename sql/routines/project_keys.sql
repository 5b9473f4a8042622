-- Keys that sort by time, who changed what, and what is appended only.

do $$
begin
  if to_regprocedure('pg_catalog.uuidv7()') is not null then
    execute $function$
      create or replace function project_schema.uuid_v7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp
      as 'select uuidv7()'
    $function$;
  else
    execute pg_catalog.format($function$
      create or replace function project_schema.uuid_v7() returns uuid language sql volatile parallel safe
      set search_path = pg_catalog, pg_temp
      as $body$
        -- RFC 9562: 48 bits of milliseconds, the version, 12 bits of what is left of the millisecond, the
        -- variant, 62 random bits.
        select (
          lpad(to_hex(t.microseconds / 1000), 12, '0')
          || '7' || lpad(to_hex((t.microseconds %% 1000) * 4096 / 1000), 3, '0')
          || substr('89ab', 1 + get_byte(t.random, 0) %% 4, 1) || substr(encode(t.random, 'hex'), 3, 15)
        )::uuid
        from (
          select (extract(epoch from clock_timestamp()) * 1000000)::bigint as microseconds,
            decode(%s, 'hex') as random
        ) t
      $body$
    $function$,
      case
        when to_regprocedure('pg_catalog.gen_random_uuid()') is not null then 'replace(gen_random_uuid()::text, ''-'', '''')'
        -- On 12 PostgreSQL itself has nothing better. A key has to be unique, it need not be a secret.
        else 'md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text || random()::text)'
      end);
  end if;
end
$$;

comment on function project_schema.uuid_v7() is 'A UUID of version 7: a later one sorts after an earlier one, to the microsecond';

create or replace function project_schema.stamp_change()
returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Whatever the statement says: who and when is the server's own knowledge.
  if tg_op = 'INSERT' then
    new.created_at := now();
    new.created_by := script_tracking.session_role();
  else
    new.created_at := old.created_at;
    new.created_by := old.created_by;
  end if;
  new.updated_at := clock_timestamp();
  new.updated_by := script_tracking.session_role();
  return new;
end
$$;

comment on function project_schema.stamp_change() is 'Says in a row who made it and who last changed it, and when';

do $$
declare
  target record;
begin
  for target in
    select a.attrelid::regclass as relation, a.attname
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.oid = any (array(select to_regclass('project_schema.' || t) from unnest(project_schema.tables()) t))
      and a.attname = 'id' and a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('alter table %s alter column id set default project_schema.uuid_v7()', target.relation);
  end loop;

  for target in
    select c.oid::regclass as relation
    from pg_catalog.pg_class c
    where c.oid = any (array(select to_regclass('project_schema.' || t) from unnest(project_schema.tables()) t))
      and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'updated_by' and not a.attisdropped)
      and not exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = 'stamp_change')
  loop
    execute pg_catalog.format(
      'create trigger stamp_change before insert or update on %s for each row execute function project_schema.stamp_change()',
      target.relation);
    execute pg_catalog.format(
      'comment on trigger stamp_change on %s is %L', target.relation, 'Says who made the row and who last changed it');
  end loop;

  for target in
    select to_regclass('project_schema.' || t) as relation
    from unnest(array[
      'audit_logs', 'incident_events', 'risk_reviews', 'subject_request_events', 'erasure_ledger']) t
  loop
    perform script_tracking.make_insert_only(target.relation);
  end loop;
  -- For the months of the audit.
  perform script_tracking.extend_ledger();
end
$$;
