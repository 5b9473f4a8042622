-- After a restore, or a major upgrade that numbers anew, no OID and no transaction id means what it did. The newest
-- versions are carried over by type and name, with the definitions that they had: so what the restore
-- left out or changed is found as drift, like anything else that nobody tracked.

create or replace function script_tracking.carry_versions_over(last script_tracking.version_run)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  -- Rows of the ledger that this place wrote, not the restore: an event trigger is the last that a
  -- restore makes, and it records nothing before it is there.
  -- Its comment is as old as the trigger, and stays so where that is disabled and enabled.
  tracker_age constant integer := (
    select max(age(coalesce(d.xmin, t.xmin)))
    from pg_event_trigger t
    left join pg_description d on d.classoid = 'pg_event_trigger'::regclass and d.objoid = t.oid and d.objsubid = 0
    where t.evtname = 'auto_ddl_tracker'
  );
  first_at timestamptz;
  first_xid bigint;
  recorded integer;
begin
  select min(l.recorded_at), min(l.xid) into first_at, first_xid
  from script_tracking.ledger l
  where l.source = 'D' and l.recorded_at > last.taken_at and age(l.xmin) < tracker_age;
  first_at := coalesce(first_at, clock_timestamp());
  first_xid := coalesce(first_xid, txid_current());

  recorded := script_tracking.add_versions(array(
    select row(
      first_at, null, v.version_number, v.xid, last.epoch + 1, v.class,
      coalesce(c.object, 0), case when c.object is null then (row_number() over ())::integer else c.part end, coalesce(c.belongs_to, 0), 'R',
      v.object_type, v.schema_name, v.identity, v.definition_hash,
      coalesce(v.definition, (select d.definition from script_tracking.object_definition d where d.hash = v.definition_hash limit 1))
      )::script_tracking.object_version
    from (select n.* from script_tracking.newest_versions() n where n.definition_hash is not null) v
    left join script_tracking.catalog_now() c on c.object_type = v.object_type and c.identity = v.identity));
  perform script_tracking.add_run('R', last.epoch + 1, first_at, (first_xid || ':' || first_xid || ':')::txid_snapshot, recorded);
  return recorded + script_tracking.record_object_versions();
end
$$;

comment on function script_tracking.carry_versions_over(script_tracking.version_run) is 'Begins a new epoch: gives the newest versions the OIDs that their objects have here, by type and name. An object that is not here keeps its version under OID 0';
