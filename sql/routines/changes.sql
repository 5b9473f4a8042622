-- For whoever keeps a copy of the trail.

create or replace function script_tracking.page_of_changes(since_xid bigint, after_version bigint, max_rows integer)
returns bigint[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  page bigint[] := '{}';
  more bigint[];
  lower bigint := after_version;
  upper bigint;
  span numeric := 8 * max_rows;
begin
  if since_xid > 0 then
    -- Little is new, as a rule, and it lies together: the statement is planned for this very number.
    execute 'select array(
      select s.version_number
      from script_tracking.execution_state s
      where s.xid >= $1 and s.version_number > $2
      order by s.version_number
      limit $3)'
    into page using since_xid, after_version, max_rows;
    return page;
  end if;
  -- All of it: by the numbers' own order, in stretches that grow until the page is full. Numbers lie close
  -- together where calls took them, and far apart where transactions did.
  loop
    upper := least(lower + span, 9223372036854775807);
    more := array(
      select s.version_number
      from script_tracking.execution_state s
      where s.version_number > lower and s.version_number <= upper
      order by s.version_number
      limit max_rows - cardinality(page));
    page := page || more;
    exit when cardinality(page) >= max_rows or upper = 9223372036854775807;
    lower := upper;
    span := span * 64;
  end loop;
  return page;
end
$$;

comment on function script_tracking.page_of_changes(bigint, bigint, integer) is 'The version numbers of the next states that were recorded by transactions from since_xid on, in their order, those the caller may see';

create or replace function script_tracking.read_changes(since_xid bigint, after_version bigint, max_rows integer)
returns table (xid bigint, version_number bigint, horizon bigint, state jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  -- Found first, by numbers alone: all that a state is made of is computed for the rows of the page, and not
  -- for those that a sort would throw away.
  page constant bigint[] := script_tracking.page_of_changes(since_xid, after_version, max_rows);
begin
  return query
  select
    c.xid,
    c.version_number,
    -- Every transaction below it has ended: what it recorded is there to be seen, or never will be.
    txid_snapshot_xmin(txid_current_snapshot()),
    to_jsonb(c) - array['xid', 'horizon', 'script_execution_hk', 'script_execution_bk']
      || jsonb_build_object('execution_key', encode(c.script_execution_hk, 'hex'))
  from script_tracking.execution_state c
  where c.version_number = any (page) and c.xid >= since_xid
  order by c.version_number;
end
$$;

comment on function script_tracking.read_changes(bigint, bigint, integer) is 'The states that were recorded by transactions from since_xid on, by version_number, those the caller may see. A copy that remembers the horizon of its first page, begins there the next time, and replaces by version_number, misses nothing and doubles nothing';
