-- The runs in which object versions were taken, and what each of them wrote. Internal.

create or replace function script_tracking.add_versions(versions script_tracking.object_version[])
returns integer
language plpgsql
as $$
begin
  insert into script_tracking.object_definition (hash, definition)
  select distinct on (v.definition_hash) v.definition_hash, v.definition
  from unnest(versions) v
  where octet_length(v.definition::text) > 200
    and not exists (select from script_tracking.object_definition d where d.hash = v.definition_hash);

  insert into script_tracking.object_version (
    valid_from, unknown_from, version_number, xid, epoch, class, object, part, belongs_to, cause,
    object_type, schema_name, identity, definition_hash, definition)
  select
    v.valid_from, v.unknown_from, v.version_number, v.xid, v.epoch, v.class, v.object, v.part, v.belongs_to, v.cause,
    v.object_type, v.schema_name, v.identity, v.definition_hash,
    case when octet_length(v.definition::text) <= 200 then v.definition end
  from unnest(versions) v;
  return coalesce(cardinality(versions), 0);
end
$$;

comment on function script_tracking.add_versions(script_tracking.object_version[]) is 'Writes versions down, long definitions apart, and says how many';

create or replace function script_tracking.newest_run()
returns script_tracking.version_run
language sql stable
as $$
  select r.* from script_tracking.version_run r order by r.run desc limit 1
$$;

comment on function script_tracking.newest_run() is 'The newest run, or a row of nulls';

create or replace function script_tracking.is_elsewhere(last script_tracking.version_run)
returns boolean
language sql stable
as $$
  select (last.server, last.database_oid) is distinct from (
    (select c.system_identifier::text from pg_control_system() c),
    (select d.oid from pg_database d where d.datname = current_database()))
$$;

comment on function script_tracking.is_elsewhere(script_tracking.version_run) is 'Whether this database is a copy of the one in which the run was: OIDs and transaction ids are others';

create or replace function script_tracking.add_run(
  kind "char", epoch integer, taken_at timestamptz, snapshot txid_snapshot, versions integer)
returns void
language sql
as $$
  insert into script_tracking.version_run (run, epoch, kind, taken_at, snapshot, server, database_oid, versions)
  select
    coalesce((select max(r.run) from script_tracking.version_run r), 0) + 1,
    add_run.epoch, add_run.kind, add_run.taken_at, add_run.snapshot,
    (select c.system_identifier::text from pg_control_system() c),
    (select d.oid from pg_database d where d.datname = current_database()),
    add_run.versions
$$;

comment on function script_tracking.add_run("char", integer, timestamptz, txid_snapshot, integer) is 'Writes down that versions were taken';

create or replace function script_tracking.newest_versions()
returns setof script_tracking.object_version
language sql stable
as $$
  select distinct on (v.class, v.object, v.part) v.*
  from script_tracking.object_version v
  where v.epoch = (select max(r.epoch) from script_tracking.version_run r)
  order by v.class, v.object, v.part, v.valid_from desc
$$;

comment on function script_tracking.newest_versions() is 'The newest version of each object, also of one that was dropped';

create or replace function script_tracking.epoch_began()
returns timestamptz
language sql stable
as $$
  select coalesce(max(r.taken_at), '-infinity') from script_tracking.version_run r where r.kind = 'R'
$$;

comment on function script_tracking.epoch_began() is 'From when on the transaction ids and OIDs of the ledger are those of this place';
