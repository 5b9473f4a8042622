-- A database that receives rows by logical replication and is tracked itself keeps its own trail. A publication
-- of all tables of a tracked database holds that one's trail too: its rows are not taken in, where they would
-- stand among rows of this database's own, under the same numbers.

create or replace function script_tracking.keep_out_replicated()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Also pg_restore --disable-triggers works as replica: what it brings is this database's own.
  if exists (select from pg_catalog.pg_stat_subscription s where s.pid = pg_catalog.pg_backend_pid()) then
    return null;
  end if;
  return new;
end
$$;

comment on function script_tracking.keep_out_replicated() is 'Takes no rows of the trail in that come by logical replication from another database';

create or replace function script_tracking.keep_own(relation regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- A partitioned table has no rows of its own, and up to 12 no trigger like this one.
  if exists (select from pg_catalog.pg_trigger t where t.tgrelid = relation and t.tgname = 'own_rows')
    or (select c.relkind from pg_catalog.pg_class c where c.oid = relation) <> 'r'
  then
    return;
  end if;
  execute format(
    'create trigger own_rows before insert on %s
       for each row execute function script_tracking.keep_out_replicated()', relation);
  execute format('comment on trigger own_rows on %s is %L', relation, 'Keeps rows of another database''s trail out');
  -- Only where a session works as replica: nobody else is asked.
  execute format('alter table %s enable replica trigger own_rows', relation);
end
$$;

comment on function script_tracking.keep_own(regclass) is 'Puts the trigger own_rows on a table, once';
