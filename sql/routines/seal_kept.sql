-- What verifying compares with the seals: the rows and texts that are here, each hashed again, and the months that have left.

-- The same as row_digest, as one expression that the planner takes apart: it computes a million of them in half the time.
create or replace function script_tracking.digest_in_utf8(entry script_tracking.ledger)
returns bytea
language sql stable parallel safe
as $$
  select sha256(record_send(row(
    entry.version_number, entry.xid, entry.recorded_at, entry.statement_at, entry.caused_by, entry.state_ordinal,
    entry.client_port, entry.backend_pid, entry.source, entry.status, entry.object_action,
    entry.object_class, entry.object_id, entry.object_part,
    convert_to(entry.session_user_name, 'UTF8'), convert_to(entry.executed_by, 'UTF8'),
    convert_to(entry.application_name, 'UTF8'), entry.client_ip, convert_to(entry.command_tag, 'UTF8'),
    convert_to(entry.object_type, 'UTF8'), convert_to(entry.object_schema, 'UTF8'),
    convert_to(entry.object_identity, 'UTF8'), convert_to(entry.objects::text, 'UTF8'),
    coalesce(entry.content_hash, sha256(convert_to(entry.content, 'UTF8'))),
    convert_to(entry.metadata::text, 'UTF8')))
    || case when entry.source = 'D' then E'\\x'::bytea else record_send(row(
      entry.execution_timestamp, entry.execution_duration_ms, entry.rows_affected, entry.operation,
      convert_to(entry.script_name, 'UTF8'), convert_to(entry.script_type, 'UTF8'),
      convert_to(entry.script_category, 'UTF8'), convert_to(entry.script_file_path, 'UTF8'),
      convert_to(entry.script_version, 'UTF8'), convert_to(entry.error_message, 'UTF8'),
      convert_to(entry.error_code, 'UTF8'), convert_to(entry.related_ticket, 'UTF8'),
      coalesce(entry.justification_hash, sha256(convert_to(entry.justification, 'UTF8'))),
      entry.tenant_hk, convert_to(entry.detail::text, 'UTF8'), convert_to(entry.recorded_by, 'UTF8'))) end)
$$;

comment on function script_tracking.digest_in_utf8(script_tracking.ledger) is 'What row_digest says in a database that has an encoding; for many rows at once';

-- What the hash leaves out has to be empty, or it could be filled in unseen.
create or replace function script_tracking.is_covered(entry script_tracking.ledger)
returns boolean
language sql immutable parallel safe
as $$
  select num_nonnulls(entry.content, entry.content_hash) < 2
    and num_nonnulls(entry.justification, entry.justification_hash) < 2
    and (entry.source <> 'D' or num_nonnulls(
      entry.execution_timestamp, entry.execution_duration_ms, entry.rows_affected, entry.operation, entry.script_name,
      entry.script_type, entry.script_category, entry.script_file_path, entry.script_version, entry.error_message,
      entry.error_code, entry.related_ticket, entry.justification, entry.justification_hash, entry.tenant_hk,
      entry.detail, entry.recorded_by) = 0)
$$;

comment on function script_tracking.is_covered(script_tracking.ledger) is 'Whether all that a row says is in its hash: no text stands beside the hash of another one, and what event triggers do not know is null in their rows';

create or replace view script_tracking.kept_ledger as
select l.*,
  case when not script_tracking.is_covered(l) then E'\\x'::bytea
  when (select getdatabaseencoding()) = 'SQL_ASCII' then script_tracking.row_digest(l)
  else script_tracking.digest_in_utf8(l) end as digest
from script_tracking.ledger l
union all
select a.*,
  case when not script_tracking.is_covered(row(a.*)::script_tracking.ledger) then E'\\x'::bytea
  when (select getdatabaseencoding()) = 'SQL_ASCII' then script_tracking.row_digest(row(a.*)::script_tracking.ledger)
  else script_tracking.digest_in_utf8(row(a.*)::script_tracking.ledger) end
from script_tracking.archived_ledger a;

comment on view script_tracking.kept_ledger is 'All rows that are here, archived months too, each with the hash that it ought to have; given to nobody';
comment on column script_tracking.kept_ledger.digest is 'SHA-256 of the row as it is now; empty, and so no hash, where the row says what its hash does not cover';

create or replace view script_tracking.kept_text as
select * from script_tracking.text
union all
select * from script_tracking.archived_text;

comment on view script_tracking.kept_text is 'All long texts that are here, archived months too; given to nobody';

do $$
declare
  described record;
begin
  for described in
    select v.name, a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words
    from (values ('kept_ledger', 'ledger'), ('kept_text', 'text')) as v (name, source)
    join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.format('script_tracking.%I', v.source)::pg_catalog.regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column script_tracking.%I.%I is %L', described.name, described.attname, described.words);
  end loop;
end
$$;

-- The archive alone could be written by whoever deleted the month: the trail has to say so too, in a row that has its
-- hash and is sealed, or is younger than the newest seal. Sealing and removing wait for each other. So a row that says it
-- is older than a seal which neither covers it nor saw its transaction run was written later than it says. A minute is
-- left for clocks that were put back.
create or replace view script_tracking.removed_month as
select a.month, a.recorded_at, e.version_number, e.metadata
from script_tracking.archive a
cross join lateral (
  select l.version_number, l.recorded_at, l.xid, l.metadata
  from script_tracking.kept_ledger l
  where l.recorded_at >= a.recorded_at and l.recorded_at < a.recorded_at + interval '1 minute'
    and l.script_name = 'remove_archived_month(' || to_char(a.month::timestamp, 'YYYY-MM') || ')'
    and l.script_category = 'RETENTION' and l.source = 'S' and l.status = 'C' and l.session_user_name = a.recorded_by
    and l.metadata ->> 'rows' = a.row_count::text and l.metadata ->> 'sha256' = encode(a.file_hash, 'hex')
    and l.row_hash = l.digest
) e
where not a.is_here
  and not exists (
    select from script_tracking.seal s
    where s.sealed_at > e.recorded_at + interval '1 minute'
      and e.xid not in (select txid_snapshot_xip(s.ledger_snapshot))
      and s.seal_number < coalesce((
        select min(b.seal_number)
        from script_tracking.seal_section c
        join script_tracking.seal_block b on b.seal_number = c.seal_number and b.month = c.month
        where c.month = script_tracking.month_of(e.recorded_at)
          and e.version_number between c.first_version and c.last_version
          and e.version_number = any (b.versions)), 9223372036854775807));

comment on view script_tracking.removed_month is 'The archived months that were removed, by the record that the trail has of it, sealed or younger than the newest seal; given to nobody';
comment on column script_tracking.removed_month.month is 'The first day of the month';
comment on column script_tracking.removed_month.recorded_at is 'When it was removed';
comment on column script_tracking.removed_month.version_number is 'The row of the trail that says so';
comment on column script_tracking.removed_month.metadata is 'What that row says: rows, file, sha256, and in gone_before the months that were gone already';

create or replace view script_tracking.gone_month as
with removed as materialized (
  select to_char(r.month::timestamp, 'YYYY-MM') as month, r.metadata -> 'gone_before' as gone_before
  from script_tracking.removed_month r
), named as (
  select r.month from removed r
  union
  select jsonb_array_elements_text(case jsonb_typeof(r.gone_before) when 'array' then r.gone_before else '[]' end)
  from removed r
)
select a.month
from script_tracking.archive a
where not a.is_here and to_char(a.month::timestamp, 'YYYY-MM') in (select n.month from named n)
group by a.month;

comment on view script_tracking.gone_month is 'The archived months that are no longer in this database, of which the trail says so too';
comment on column script_tracking.gone_month.month is 'The first day of the month';
