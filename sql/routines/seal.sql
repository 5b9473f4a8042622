-- Sealing: what was recorded since the last seal, in one statement and by one snapshot. Nobody waits for it: it takes
-- no lock that a recorder takes, and what is still open falls into a later seal.

create or replace function script_tracking.month_of(recorded_at timestamptz)
returns date
language sql stable parallel safe
as $$
  select date_trunc('month', recorded_at at time zone 'UTC')::date
$$;

comment on function script_tracking.month_of(timestamptz) is 'The first day of the month by the clock of UTC, by which rows are partitioned and sealed';

create or replace function script_tracking.held_open(snapshot txid_snapshot, transaction bigint)
returns txid_snapshot
language sql stable
as $$
  -- A snapshot does not list the transaction that takes it: by its numbers alone it might as well have ended.
  select case
    when transaction >= txid_snapshot_xmax(snapshot) then snapshot
    else concat_ws(':',
      least(transaction, txid_snapshot_xmin(snapshot)),
      txid_snapshot_xmax(snapshot),
      (select string_agg(running.xid::text, ',' order by running.xid)
       from (select txid_snapshot_xip(snapshot) union select transaction) as running (xid)))::txid_snapshot
  end
$$;

comment on function script_tracking.held_open(txid_snapshot, bigint) is 'The snapshot with this transaction among the running ones';

create or replace function script_tracking.this_place()
returns table (system_identifier bigint, timeline integer, database_oid bigint, database_name text)
language sql stable parallel safe
as $$
  select
    (select c.system_identifier from pg_control_system() c),
    -- By the name of the write-ahead log's file: the control file tells the old timeline for a while after a promotion.
    case
      when pg_is_in_recovery() then (select c.timeline_id from pg_control_checkpoint() c)
      else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer
    end,
    d.oid::bigint,
    d.datname::text
  from pg_database d
  where d.datname = current_database()
$$;

comment on function script_tracking.this_place() is 'Which cluster, timeline and database this is';

create or replace function script_tracking.has_moved(last script_tracking.seal)
returns boolean
language sql stable parallel safe
as $$
  select last.seal_number is not null and (
    (last.system_identifier, last.timeline, last.database_oid) <> (p.system_identifier, p.timeline, p.database_oid)
    or txid_snapshot_xmax(last.ledger_snapshot) > txid_snapshot_xmax(txid_current_snapshot()))
  from script_tracking.this_place() p
$$;

comment on function script_tracking.has_moved(script_tracking.seal) is 'Whether the trail lives elsewhere since this seal was made, so that its snapshot says nothing of the transactions here';

create or replace function script_tracking.seal()
returns table (
  seal_number bigint,
  epoch integer,
  sealed_at timestamptz,
  row_count bigint,
  merkle_root bytea,
  head bytea
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64MB'
-- How many rows a list holds the planner cannot know, and taken for few they would be gone through row by row.
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
  last script_tracking.seal;
  entry script_tracking.seal;
  -- From here on this transaction has an id, so that the snapshot below knows of it.
  this_transaction constant bigint := txid_current();
  moved boolean;
begin
  -- Under another level the snapshot is older than the lock, and would not see the seal of whoever held it before.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'The trail cannot be sealed in a transaction that is %.', current_setting('transaction_isolation')
      using errcode = 'object_not_in_prerequisite_state', hint = 'Seal in a transaction of its own: begin isolation level read committed.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.seal', 0));

  select s.* into last from script_tracking.seal s order by s.seal_number desc limit 1;
  select p.system_identifier, p.timeline, p.database_oid, p.database_name
  into entry.system_identifier, entry.timeline, entry.database_oid, entry.database_name
  from script_tracking.this_place() p;
  -- In another place transaction ids may count anew, and the last snapshot says nothing of the rows here.
  moved := script_tracking.has_moved(last);
  entry.seal_number := coalesce(last.seal_number, 0) + 1;
  entry.epoch := coalesce(last.epoch, 1) + moved::integer;

  entry.ledger_snapshot := script_tracking.seal_rows(
    entry.seal_number, case when not moved then last.ledger_snapshot end, this_transaction);

  insert into script_tracking.seal_section (seal_number, month, row_count, first_version, last_version, merkle_root)
  select b.seal_number, b.month, sum(cardinality(b.versions)), min(b.versions[1]), max(b.versions[cardinality(b.versions)]),
    script_tracking.tree_root(string_agg(b.node, '' order by b.block))
  from script_tracking.seal_block b
  where b.seal_number = entry.seal_number
  group by b.seal_number, b.month;

  if not found then
    return query select
      coalesce(last.seal_number, 0), coalesce(last.epoch, 1), last.sealed_at, 0::bigint, last.merkle_root, last.head;
    return;
  end if;

  select sum(c.row_count), script_tracking.tree_root(string_agg(script_tracking.section_leaf(c), '' order by c.month))
  into entry.row_count, entry.merkle_root
  from script_tracking.seal_section c
  where c.seal_number = entry.seal_number;
  entry.sealed_at := clock_timestamp();
  entry.sealed_by := session_user;
  entry.previous_head := last.head;
  entry.head := script_tracking.seal_head(entry);
  insert into script_tracking.seal values (entry.*);
  return query select
    entry.seal_number, entry.epoch, entry.sealed_at, entry.row_count, entry.merkle_root, entry.head;
end
$$;

comment on function script_tracking.seal() is 'Seals what was recorded since the last seal and is committed, and says the seal; row_count is 0, and the seal is the last one, where there is nothing new. What this very transaction recorded, and what others still have open, falls into a later seal';

create or replace function script_tracking.seal_rows(
  new_seal bigint, since txid_snapshot, this_transaction bigint)
returns txid_snapshot
language plpgsql
as $$
declare
  taken txid_snapshot;
begin
  with moment as materialized (
    select txid_current_snapshot() as snapshot
  ),
  candidate as materialized (
    select script_tracking.month_of(l.recorded_at) as month, l.version_number, l.row_hash
    from script_tracking.ledger l
    where l.xid >= coalesce(txid_snapshot_xmin(since), 0)
      and l.xid <> this_transaction
      and case
        -- The trail is in a new place: all of it is looked at, whatever its transactions were called elsewhere.
        when since is null then true
        -- A transaction that has yet to happen has recorded nothing: verify names such a row.
        else not txid_visible_in_snapshot(l.xid, since)
          and txid_visible_in_snapshot(l.xid, (select m.snapshot from moment m))
      end
  ),
  sealed as (
    select b.month, v.version_number
    from script_tracking.seal_block b
    cross join lateral unnest(b.versions) as v (version_number)
    -- In a trail that never moved the snapshots alone would tell. Here no row is sealed twice, wherever it came from.
    where b.month in (select c.month from candidate c)
  ),
  placed as (
    select c.*, row_number() over (partition by c.month order by c.version_number) - 1 as place
    from candidate c
    where not exists (select from sealed s where s.version_number = c.version_number and s.month = c.month)
  ),
  stored as (
    insert into script_tracking.seal_block (seal_number, month, block, versions, marks, node)
    select
      new_seal, p.month, p.place / 1024,
      array_agg(p.version_number order by p.place),
      string_agg(substr(p.row_hash, 1, 4), '' order by p.place),
      script_tracking.tree_root(string_agg(sha256(E'\\x00'::bytea || p.row_hash), '' order by p.place))
    from placed p
    group by p.month, p.place / 1024
  )
  select m.snapshot into taken from moment m;
  return script_tracking.held_open(taken, this_transaction);
end
$$;

comment on function script_tracking.seal_rows(bigint, txid_snapshot, bigint) is 'Writes down and hashes the rows that a new seal covers, and says the snapshot by which they were chosen';

do $$
declare
  relation text;
begin
  foreach relation in array array['seal', 'seal_section', 'seal_block', 'archived_ledger', 'archived_text', 'archive'] loop
    perform script_tracking.make_insert_only(format('script_tracking.%I', relation)::regclass);
  end loop;
  perform script_tracking.conceal('script_tracking.archived_ledger');
  perform script_tracking.conceal('script_tracking.archived_text');
end
$$;
