-- What of an audited table's row is recorded: its key, its columns as jsonb, and what is masked.

create or replace function script_tracking.is_sensitive(classification text, tags text[])
returns boolean
language sql immutable parallel safe
as $$
  select coalesce(classification = 'restricted', false)
    or exists (select from unnest(tags) t where lower(t) in ('pii', 'phi', 'pci', 'credential', 'secret', 'sensitive'))
$$;

comment on function script_tracking.is_sensitive(text, text[]) is 'Whether values so classified and tagged must not be copied';

-- In PL/pgSQL, which keeps the plans of what it asks; SQL functions would be planned anew at each statement.
create or replace function script_tracking.tagged_columns(relation regclass)
returns text[]
language plpgsql stable
as $$
begin
  return (
    -- A partition's columns are what its parent's are.
    with recursive family (relation) as (
      select tagged_columns.relation::oid
      union
      select i.inhparent from family f join pg_inherits i on i.inhrelid = f.relation
    )
    select coalesce(array_agg(distinct a.attname::text), '{}')
    from family f
    join pg_class c on c.oid = f.relation
    join pg_namespace n on n.oid = c.relnamespace
    join project_schema.metadata m on m.schema_name = n.nspname and m.table_name = c.relname
    join pg_attribute a on a.attrelid = tagged_columns.relation and a.attnum > 0 and not a.attisdropped
      and (m.column_name is null or m.column_name = a.attname)
    where script_tracking.is_sensitive(m.classification, m.tags)
  );
end
$$;

comment on function script_tracking.tagged_columns(regclass) is 'The columns that project_schema.metadata calls restricted or tags as sensitive; all of them where it says so of the table';

-- To make jsonb of a value, PostgreSQL runs a cast to json where the value's type has one, and whoever owns a
-- type may write that cast. It would run with the rights of the trail's owner. So only types that are
-- PostgreSQL's own are converted; of others the text form is kept, which their output function alone makes.
create or replace function script_tracking.converts_safely(type oid)
returns boolean
language plpgsql stable
as $$
declare
  known record;
begin
  if type < 16384 then
    return true;
  end if;
  select t.typtype, t.typbasetype, t.typelem, t.typlen, t.typcategory into known from pg_type t where t.oid = type;
  return case
    when known.typtype = 'd' then script_tracking.converts_safely(known.typbasetype)
    when known.typcategory = 'A' and known.typlen = -1 and known.typelem <> 0 then script_tracking.converts_safely(known.typelem)
    else false
  end;
end
$$;

comment on function script_tracking.converts_safely(oid) is 'Whether a value of this type becomes jsonb without running anybody''s function';

create or replace function script_tracking.row_key_columns(relation regclass)
returns text[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select array_agg(a.attname::text order by k.ordinality)
    from (
      select i.indkey, i.indnkeyatts
      from pg_index i
      where i.indrelid = relation and (i.indisprimary or i.indisreplident) and i.indisvalid
      order by i.indisprimary desc
      limit 1
    ) i
    cross join lateral unnest(i.indkey::int2[]) with ordinality as k (number, ordinality)
    join pg_attribute a on a.attrelid = relation and a.attnum = k.number
    where k.ordinality <= i.indnkeyatts
  );
end
$$;

comment on function script_tracking.row_key_columns(regclass) is 'The columns of the primary key, or else of the replica identity; null where there is neither';

create or replace function script_tracking.masked_value(value jsonb, secret bytea)
returns jsonb
language sql immutable
as $$
  select case
    when value is null or value = 'null' then value
    when secret is null then '"***"'
    else to_jsonb('#' || encode(sha256(secret || sha256(secret || script_tracking.utf8(value::text))), 'hex'))
  end
$$;

comment on function script_tracking.masked_value(jsonb, bytea) is 'What is recorded of a masked value: *** or, with a secret, a keyed hash that is the same for the same value';

create or replace function script_tracking.masked_row(row_values jsonb, masked text[], secret bytea, masked_key text[])
returns jsonb
language sql immutable
as $$
  select case when row_values is not null then (
    select coalesce(jsonb_object_agg(
      e.key,
      case
        when e.key = any (masked_key) then script_tracking.masked_value(e.value, secret)
        when e.key = any (masked) then script_tracking.masked_value(e.value, null)
        else e.value
      end), '{}')
    from jsonb_each(row_values) e)
  end
$$;

comment on function script_tracking.masked_row(jsonb, text[], bytea, text[]) is 'A row without the values of its masked columns; of key columns a keyed hash stays';

create or replace function script_tracking.row_audit_columns(
  relation regclass, settings jsonb, key_columns text[],
  out masked text[], out ignored text[], out is_plain boolean)
language plpgsql stable
as $$
declare
  tagged constant text[] := script_tracking.tagged_columns(relation);
begin
  -- By name and by number: a name goes astray when a column is renamed, a number when the database is
  -- restored without the columns that were dropped. What either says is masked.
  select
    array_agg(a.attname::text) filter (
      where settings -> 'masked' ? a.attname::text
        or settings -> 'masked_numbers' @> to_jsonb(a.attnum)
        or a.attname = any (tagged)),
    coalesce(array_agg(a.attname::text) filter (
      where settings -> 'ignored' ? a.attname::text and not coalesce(a.attname = any (key_columns), false)), '{}'),
    -- What is computed when it is read (v) is in no transition table.
    bool_and(a.attgenerated <> 'v' and (a.atttypid < 16384 or script_tracking.converts_safely(a.atttypid)))
    into masked, ignored, is_plain
  from pg_attribute a
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
end
$$;

comment on function script_tracking.row_audit_columns(regclass, jsonb, text[]) is 'Which columns of an audited table are masked (null for none) and which are left out, and whether all of them can be converted as they are';
