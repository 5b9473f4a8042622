-- What changed while nobody tracked: with the event triggers disabled, by a restore, by commands that fire none.
-- The hash of the definition is the verdict, the transaction that wrote the object's row of the catalog is the clue.

create or replace function script_tracking.drift_found()
returns table (
  kind text, object_type text, identity text, former_identity text, expected jsonb, found jsonb,
  expected_hash bytea, found_hash bytea, since timestamptz, changed_by bigint, known_by bigint,
  class oid, object oid, part integer, belongs_to oid, schema_name text,
  former_class oid, former_object oid, former_part integer, former_belongs_to oid
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  -- Transaction ids of the catalog have no epoch of their own: they are the last ones with these digits.
  next_xid constant bigint := txid_snapshot_xmax(txid_current_snapshot());
begin
  return query
    with now as materialized (
      select c.* from script_tracking.catalog_now() c
    ), was as materialized (
      select v.* from script_tracking.newest_versions() v where v.definition_hash is not null
    ), one as (
      select w.class, w.object, w.part, w.class as now_class, w.object as now_object, w.part as now_part
      from was w
      join now n on n.class = w.class and n.object = w.object and n.part = w.part
    ), left_over as (
      select w.* from was w where not exists (select from one o where o.class = w.class and o.object = w.object and o.part = w.part)
    ), newcomer as (
      select n.* from now n where not exists (select from one o where o.class = n.class and o.object = n.object and o.part = n.part)
    ), pair as (
      select * from one
      union all
      -- reindex concurrently, among others, makes the same object anew.
      select l.class, l.object, l.part, n.class, n.object, n.part
      from left_over l
      full join newcomer n on n.object_type = l.object_type and n.identity = l.identity
    )
    select
      case
        when w.class is null then 'created'
        when n.class is null then 'dropped'
        when w.definition_hash = n.definition_hash then 'renamed'
        else 'modified'
      end,
      coalesce(n.object_type, w.object_type), coalesce(n.identity, w.identity), case when w.identity <> n.identity then w.identity end,
      coalesce(w.definition, (select d.definition from script_tracking.object_definition d where d.hash = w.definition_hash limit 1)),
      n.definition, w.definition_hash, n.definition_hash, w.valid_from,
      case when n.changed_by::text::bigint > 2
        then next_xid - (next_xid - n.changed_by::text::bigint + 4294967296) % 4294967296
      end,
      w.xid,
      n.class, n.object, n.part, n.belongs_to, n.schema_name, w.class, w.object, w.part, w.belongs_to
    from pair p
    left join was w on w.class = p.class and w.object = p.object and w.part = p.part
    left join now n on n.class = p.now_class and n.object = p.now_object and n.part = p.now_part
    where (w.definition_hash, w.identity) is distinct from (n.definition_hash, n.identity);
end
$$;

comment on function script_tracking.drift_found() is 'What drift returns, with the OIDs and transactions behind it';

create or replace function script_tracking.clue_of(kind text, changed_by bigint, known_by bigint)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when kind = 'dropped' then 'It is gone, and no command that was recorded dropped it.'
    when changed_by is null then 'Its row of the catalog is too old to tell who wrote it.'
    when changed_by <= known_by then
      'Its own row of the catalog is older than that: something else that its definition tells of was changed, such as a comment, a label, a default, or the name of a role.'
    when exists (
      select from script_tracking.ledger l where l.version_number >= changed_by << 21 and l.version_number < (changed_by + 1) << 21
    ) then format('Its row of the catalog was written by transaction %s, of which other commands are recorded.', changed_by)
    else format(
      'Its row of the catalog was written by transaction %s, of which nothing is recorded: it was not tracked, or is the part of another one since a savepoint.',
      changed_by)
  end
$$;

comment on function script_tracking.clue_of(text, bigint, bigint) is 'What the transaction that wrote an object''s row of the catalog says of a drift, in words';

create or replace function script_tracking.drift()
returns table (
  object_type text, identity text, kind text, former_identity text, expected_hash bytea, found_hash bytea,
  expected jsonb, found jsonb, changed jsonb, clue text, since timestamptz
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if not script_tracking.may_read_all() then
    raise exception 'Only who sees the operations of everybody may ask for drift.' using errcode = 'insufficient_privilege',
      hint = 'Ask for membership in steward_auditor or steward_admin.';
  end if;
  perform script_tracking.catch_up_versions();
  return query
    select
      d.object_type, d.identity, d.kind, d.former_identity, d.expected_hash, d.found_hash, d.expected, d.found,
      case when d.expected_hash is not null and d.found_hash is not null then script_tracking.changed_paths(d.expected, d.found) end,
      script_tracking.clue_of(d.kind, d.changed_by, d.known_by),
      d.since
    from script_tracking.drift_found() d
    order by d.object_type, d.identity;
end
$$;

comment on function script_tracking.drift() is 'What differs from what was recorded and no tracked command explains: objects created, modified, renamed or dropped, with their definitions as expected and as found, what changed, the clue that the catalog gives, and since when it was as expected. accept_drift takes it into the history';

create or replace function script_tracking.accept_drift(
  business_justification text, related_ticket text default null, objects text[] default null)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  entry script_tracking.ledger;
  ended script_tracking.ledger;
  last script_tracking.version_run;
  began constant timestamptz := clock_timestamp();
  accepted script_tracking.object_version[];
  unknown text;
  hk bytea;
  version bigint;
begin
  if not script_tracking.may_administer() then
    raise exception 'Only steward_admin may accept drift.' using errcode = 'insufficient_privilege';
  end if;
  if business_justification is null or business_justification !~ '[^[:space:]]' then
    raise exception 'Why is the drift accepted? A justification is needed.' using errcode = 'null_value_not_allowed';
  end if;
  perform script_tracking.record_object_versions();
  last := script_tracking.newest_run();

  entry.script_name := 'Drift accepted';
  entry.script_type := 'DRIFT';
  entry.justification := accept_drift.business_justification;
  entry.related_ticket := accept_drift.related_ticket;

  select
    array_agg(row(
      began, coalesce(d.since, last.taken_at), null, txid_current(), last.epoch,
      coalesce(d.class, d.former_class), coalesce(d.object, d.former_object), coalesce(d.part, d.former_part),
      coalesce(d.belongs_to, d.former_belongs_to), 'A', d.object_type, d.schema_name, d.identity, d.found_hash, d.found)::script_tracking.object_version),
    jsonb_strip_nulls(jsonb_build_object(
      'objects_created', jsonb_agg(d.identity order by d.identity) filter (where d.kind = 'created'),
      'objects_modified', jsonb_agg(d.identity order by d.identity) filter (where d.kind in ('modified', 'renamed')),
      'objects_dropped', jsonb_agg(d.identity order by d.identity) filter (where d.kind = 'dropped'),
      'schemas_affected', jsonb_agg(distinct d.schema_name) filter (where d.schema_name is not null)))
  into accepted, ended.detail
  from script_tracking.drift_found() d
  where accept_drift.objects is null or d.identity = any (accept_drift.objects);

  select string_agg(quote_literal(o.identity), ', ') into unknown
  from unnest(accept_drift.objects) as o (identity)
  where not exists (select from unnest(accepted) a where a.identity = o.identity);
  if unknown is not null then
    raise exception 'There is no drift of %.', unknown using errcode = 'no_data_found', hint = 'script_tracking.drift() names what there is.';
  end if;
  if accepted is null then
    raise exception 'There is no drift to accept.' using errcode = 'no_data_found';
  end if;

  hk := script_tracking.start_execution(entry);
  ended.status := 'C';
  perform script_tracking.finish_execution(hk, ended);
  version := (script_tracking.newest_state(hk)).version_number;

  -- Where an object took another's place, the one that it replaced is closed too.
  accepted := accepted || array(
    select row(
      began, null, null, txid_current(), last.epoch, d.former_class, d.former_object, d.former_part, d.former_belongs_to, 'A',
      d.object_type, d.schema_name, coalesce(d.former_identity, d.identity), null, null)::script_tracking.object_version
    from script_tracking.drift_found() d
    where (d.former_class, d.former_object, d.former_part) is distinct from (d.class, d.object, d.part)
      and d.former_class is not null and d.class is not null
      and (accept_drift.objects is null or d.identity = any (accept_drift.objects)));
  perform script_tracking.add_versions(array(
    select row(
      a.valid_from, a.unknown_from, version, a.xid, a.epoch, a.class, a.object, a.part, a.belongs_to, a.cause,
      a.object_type, a.schema_name, a.identity, a.definition_hash, a.definition)::script_tracking.object_version
    from unnest(accepted) a));
  perform script_tracking.add_run('A', last.epoch, began, last.snapshot, cardinality(accepted));
  return hk;
end
$$;

comment on function script_tracking.accept_drift(text, text, text[]) is 'Takes what drift finds into the history, all of it or the objects of these names, as an execution with this justification and ticket; returns its hash key. For steward_admin';
