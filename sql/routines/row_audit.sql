-- Auditing the rows of a table: statement-level triggers with transition tables record, for each statement,
-- who and when, and for each row its key, what it was and what it became. Off by default; DML on a table
-- that is not audited meets no trigger of ours.

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

-- The three below write SQL. Names stand in it as literals and as quoted names, and never in a template.
create or replace function script_tracking.masked_text(expression text, masked text[], key_columns text[])
returns text
language sql immutable
as $$
  select case
    when masked is null then expression
    else 'script_tracking.masked_row(' || expression || ', ' || quote_literal(masked::text) || ', $3, '
      || quote_literal(array(select unnest(masked) intersect select unnest(key_columns))::text) || ')'
  end
$$;

comment on function script_tracking.masked_text(text, text[], text[]) is 'SQL that masks the row that an expression gives';

create or replace function script_tracking.key_text(expression text, key_columns text[])
returns text
language sql immutable
as $$
  select coalesce(
    'jsonb_build_object(' || string_agg(quote_literal(k.name) || ', (' || expression || ') -> ' || quote_literal(k.name), ', ') || ')',
    'null::jsonb')
  from unnest(key_columns) as k (name)
$$;

comment on function script_tracking.key_text(text, text[]) is 'SQL that takes the key from the row that an expression gives';

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

create or replace function script_tracking.row_change_text(relation regclass, operation text, settings jsonb, in_pairs boolean)
returns text
language plpgsql stable
as $$
declare
  key_columns constant text[] := script_tracking.row_key_columns(relation);
  masked text[];
  ignored text[];
  columns text;
  old_rows text;
  new_rows text;
begin
  select c.masked, c.ignored into masked, ignored from script_tracking.row_audit_columns(relation, settings, key_columns) c;
  select string_agg(
      case
        when script_tracking.converts_safely(a.atttypid) then 'r.' || quote_ident(a.attname)
        else format('case when r.%1$I is null then null else format(''%%s'', r.%1$I) end as %1$I', a.attname)
      end, ', ' order by a.attnum)
    into columns
  from pg_attribute a
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v' and not a.attname = any (ignored);

  -- Rows are counted in the order in which the statement changed them, which both tables keep.
  old_rows := '(select row_number() over () as ordinal, to_jsonb(s.*) as raw from (select ' || columns || ' from old_rows r) s) o';
  new_rows := '(select row_number() over () as ordinal, to_jsonb(s.*) as raw from (select ' || columns || ' from new_rows r) s) n';
  return case operation
    when 'INSERT' then
      'insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, new_values)
       select $1, $2, c.ordinal, ''I'', ' || script_tracking.key_text('c.shown', key_columns) || ', c.shown
       from (select n.ordinal, ' || script_tracking.masked_text('n.raw', masked, key_columns) || ' as shown from ' || new_rows || ') c'
    when 'DELETE' then
      'insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, old_values)
       select $1, $2, c.ordinal, ''D'', ' || script_tracking.key_text('c.shown', key_columns) || ', c.shown
       from (select o.ordinal, ' || script_tracking.masked_text('o.raw', masked, key_columns) || ' as shown from ' || old_rows || ') c'
    else
      'insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, old_values, new_values)
       select $1, $2, coalesce(o.ordinal, n.ordinal),
         case when n.raw is null then ''D'' when o.raw is null then ''I'' else ''U'' end,
         ' || script_tracking.key_text(script_tracking.masked_text('coalesce(o.raw, n.raw)', masked, key_columns), key_columns) || ',
         ' || script_tracking.masked_text('coalesce(changed.before, o.raw)', masked, key_columns) || ',
         ' || script_tracking.masked_text('coalesce(changed.after, n.raw)', masked, key_columns) || '
       from ' || old_rows || ' full join ' || new_rows || ' on ' || case
         when in_pairs then 'o.ordinal = n.ordinal'
         -- A trigger of the user''s kept some rows from arriving where they were moved.
         else coalesce(
           (select string_agg('o.raw -> ' || quote_literal(k.name) || ' = n.raw -> ' || quote_literal(k.name), ' and ')
            from unnest(key_columns) as k (name)),
           'o.raw = n.raw')
       end || '
       left join lateral (
         select coalesce(jsonb_object_agg(e.key, e.value), ''{}'') as before, coalesce(jsonb_object_agg(e.key, n.raw -> e.key), ''{}'') as after
         from jsonb_each(o.raw) e
         -- As text, for 1.0 and 1.00 are the same jsonb.
         where e.value::text is distinct from (n.raw -> e.key)::text
       ) changed on o.raw is not null and n.raw is not null'
  end;
end
$$;

comment on function script_tracking.row_change_text(regclass, text, jsonb, boolean) is 'SQL that records the rows of a transition table, for the table as it is now: $1 is the statement, $2 the time, $3 the secret';

create or replace function script_tracking.record_row_change()
returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
-- A value is recorded alike whatever the session has set.
set extra_float_digits = 1
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set timezone = 'UTC'
set bytea_output = 'hex'
set xmlbinary = 'base64'
set quote_all_identifiers = off
as $$
declare
  statement constant uuid := project_schema.uuid_v7();
  at constant timestamptz := clock_timestamp();
  changed bigint;
  arrived bigint;
  settings jsonb;
  key_columns text[];
  masked text[];
  masked_key text[];
  ignored text[];
  is_plain boolean;
  secret bytea;
  code text;
  message text;
begin
  begin
    if tg_op = 'INSERT' then
      select count(*) into changed from new_rows;
    elsif tg_op = 'DELETE' then
      select count(*) into changed from old_rows;
    elsif tg_op = 'UPDATE' then
      select count(*) into changed from old_rows;
      select count(*) into arrived from new_rows;
    end if;
    if changed = 0 and coalesce(arrived, 0) = 0 then
      return null;
    end if;

    insert into script_tracking.row_change_statement (
      statement, recorded_at, xid, relation_id, recorded_in, schema_name, table_name, action, row_count,
      session_user_name, executed_by, application_name, client_ip, client_port, backend_pid, caused_by)
    values (
      statement, at, txid_current(), tg_relid, 'script_tracking.row_change_statement'::regclass, tg_table_schema, tg_table_name,
      left(tg_op, 1)::"char", greatest(changed, arrived),
      session_user, nullif(script_tracking.session_role(), session_user),
      nullif(current_setting('application_name'), ''), inet_client_addr(), inet_client_port(), pg_backend_pid(),
      case when current_setting('script_tracking.operation', true) ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
        then current_setting('script_tracking.operation', true)::uuid end);
    if tg_op = 'TRUNCATE' then
      return null;
    end if;

    settings := tg_argv[0]::jsonb;
    secret := (select s.secret from script_tracking.row_audit_secret s order by s.made_at limit 1);
    key_columns := script_tracking.row_key_columns(tg_relid);
    select m.masked, m.ignored, m.is_plain into masked, ignored, is_plain
    from script_tracking.row_audit_columns(tg_relid, settings, key_columns) m;
    -- Of few rows of plain types the plan is kept from statement to statement. One that was made for a row
    -- would take for ever over a million, so that many rows have one of their own.
    if not is_plain or changed > 100 or changed <> arrived then
      execute script_tracking.row_change_text(tg_relid, tg_op, settings, coalesce(changed = arrived, true)) using statement, at, secret;
      return null;
    end if;
    masked_key := array(select unnest(masked) intersect select unnest(key_columns));
    if tg_op = 'INSERT' then
      insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, new_values)
      select statement, at, c.ordinal, 'I', (select jsonb_object_agg(k, c.shown -> k) from unnest(key_columns) k), c.shown
      from (
        select n.ordinal, case when masked is null then n.raw else script_tracking.masked_row(n.raw, masked, secret, masked_key) end as shown
        from (select row_number() over () as ordinal, to_jsonb(r.*) - ignored as raw from new_rows r) n
      ) c;
    elsif tg_op = 'DELETE' then
      insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, old_values)
      select statement, at, c.ordinal, 'D', (select jsonb_object_agg(k, c.shown -> k) from unnest(key_columns) k), c.shown
      from (
        select o.ordinal, case when masked is null then o.raw else script_tracking.masked_row(o.raw, masked, secret, masked_key) end as shown
        from (select row_number() over () as ordinal, to_jsonb(r.*) - ignored as raw from old_rows r) o
      ) c;
    else
      insert into script_tracking.row_change (statement, recorded_at, ordinal, action, row_key, old_values, new_values)
      select statement, at, c.ordinal, 'U',
        case when masked is null then c.key else script_tracking.masked_row(c.key, masked, secret, masked_key) end,
        case when masked is null then c.before else script_tracking.masked_row(c.before, masked, secret, masked_key) end,
        case when masked is null then c.after else script_tracking.masked_row(c.after, masked, secret, masked_key) end
      from (
        select o.ordinal, (select jsonb_object_agg(k, o.raw -> k) from unnest(key_columns) k) as key, d.before, d.after
        from (select row_number() over () as ordinal, to_jsonb(r.*) - ignored as raw from old_rows r) o
        join (select row_number() over () as ordinal, to_jsonb(r.*) - ignored as raw from new_rows r) n on n.ordinal = o.ordinal
        cross join lateral (
          select coalesce(jsonb_object_agg(e.key, e.value), '{}') as before, coalesce(jsonb_object_agg(e.key, n.raw -> e.key), '{}') as after
          from jsonb_each(o.raw) e
          where e.value::text is distinct from (n.raw -> e.key)::text
        ) d
      ) c;
    end if;
    return null;
  exception
    -- A cancelled command (query_canceled) is not among these, and passes.
    when others then
      get stacked diagnostics code = returned_sqlstate, message = message_text;
  end;

  if script_tracking.refuses_untracked_ddl() then
    raise exception '% on %.% is undone, because it could not be audited: %', tg_op, tg_table_schema, tg_table_name, message
      using errcode = 'raise_exception',
            hint = 'script_tracking.on_failure is ''error'' here: what cannot be recorded may not happen.';
  end if;
  begin
    insert into script_tracking.tracking_error (failed_at, xid, session_user_name, command_tag, error_code, error_message)
    values (clock_timestamp(), txid_current(), session_user, tg_op, code, format('%I.%I: %s', tg_table_schema, tg_table_name, message));
  exception when others then
    message := message || '; ' || sqlerrm;
  end;
  raise warning '% on %.% took effect, but could not be audited: % (%)', tg_op, tg_table_schema, tg_table_name, message, code;
  return null;
end
$$;

comment on function script_tracking.record_row_change() is 'Records the rows that a statement changed in an audited table. If that fails the statement still takes effect, with a warning, unless script_tracking.on_failure is error';

create or replace function script_tracking.keep_row_audit_secret()
returns void
language plpgsql
as $$
begin
  if not exists (select from script_tracking.row_audit_secret) then
    insert into script_tracking.row_audit_secret (secret, made_at) values (project_schema.random_bytes(), clock_timestamp());
  end if;
exception
  -- PostgreSQL 12 without pgcrypto has nothing to make a secret of: masked keys read *** there.
  when feature_not_supported then null;
end
$$;

comment on function script_tracking.keep_row_audit_secret() is 'Makes the secret that masked keys are hashed with, once, where there is something to make it of';

create or replace function script_tracking.note_row_audit(relation regclass, is_enabled boolean, masked text[], ignored text[])
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not script_tracking.may_administer() then
    raise exception 'The role % may not switch row auditing.', quote_ident(script_tracking.session_role())
      using errcode = 'insufficient_privilege', hint = 'That takes membership in steward_admin.';
  end if;
  perform script_tracking.keep_row_audit_secret();
  insert into script_tracking.row_audit_state (
    recorded_at, xid, relation_id, schema_name, table_name, is_enabled, masked_columns, ignored_columns, session_user_name, executed_by)
  select clock_timestamp(), txid_current(), c.oid, n.nspname, c.relname, note_row_audit.is_enabled, coalesce(masked, '{}'), coalesce(ignored, '{}'),
    session_user, nullif(script_tracking.session_role(), session_user)
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
end
$$;

comment on function script_tracking.note_row_audit(regclass, boolean, text[], text[]) is 'Writes down that row auditing was switched for a table; refused to whoever may not';

create or replace function script_tracking.row_audit_family(relation regclass)
returns setof regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with recursive family (relation) as (
    select row_audit_family.relation::oid
    union
    select i.inhrelid from family f join pg_inherits i on i.inhparent = f.relation
  )
  select c.oid::regclass
  from family f
  join pg_class c on c.oid = f.relation
  -- A foreign partition can have no transition table; what is changed in it through its parent is recorded there.
  where c.relkind in ('r', 'p')
  order by c.oid = row_audit_family.relation desc, c.oid
$$;

comment on function script_tracking.row_audit_family(regclass) is 'A table, its partitions and its inheritance children';

create or replace function script_tracking.require_auditable(relation regclass, masked text[], ignored text[])
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  known record;
  unknown text;
begin
  select c.relkind, c.relpersistence, n.nspname into known
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
  if known.relkind is null then
    raise exception 'There is no such table.' using errcode = 'undefined_table';
  end if;
  if known.relkind not in ('r', 'p') then
    raise exception '% is no table whose rows PostgreSQL lets be audited.', relation
      using errcode = 'wrong_object_type', hint = 'Views, materialized views and foreign tables have no transition tables.';
  end if;
  if known.nspname in ('pg_catalog', 'information_schema', 'script_tracking') or known.nspname like 'pg\_toast%' then
    raise exception '% belongs to the system: its rows cannot be audited.', relation using errcode = 'wrong_object_type';
  end if;
  if known.relpersistence = 't' then
    raise exception '% is temporary: its rows cannot be audited.', relation using errcode = 'wrong_object_type';
  end if;
  if script_tracking.row_key_columns(relation) is null then
    raise exception 'Table % cannot be audited because it has no primary key.', relation
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'A row is found again by its key: add a primary key, or name a unique index as replica identity.';
  end if;
  select string_agg(quote_ident(n.name), ', ') into unknown
  from unnest(masked || ignored) as n (name)
  where not exists (select from pg_attribute a where a.attrelid = relation and a.attname = n.name and a.attnum > 0 and not a.attisdropped);
  if unknown is not null then
    raise exception 'Table % has no column %.', relation, unknown using errcode = 'undefined_column';
  end if;
  select string_agg(quote_ident(n.name), ', ') into unknown
  from unnest(ignored) as n (name)
  where n.name = any (script_tracking.row_key_columns(relation));
  if unknown is not null then
    raise exception 'The key of % cannot be left out: %.', relation, unknown
      using errcode = 'invalid_parameter_value', hint = 'Mask it instead: a keyed hash is recorded then.';
  end if;
end
$$;

comment on function script_tracking.require_auditable(regclass, text[], text[]) is 'An error that says why a table''s rows cannot be audited';

-- With the rights of whoever calls: to put a trigger on a table is for those who may.
create or replace function script_tracking.enable_row_audit(
  relation regclass,
  masked_columns text[] default '{}',
  ignored_columns text[] default '{}')
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  member regclass;
  settings jsonb;
  wanted record;
  members integer := 0;
begin
  if relation is null then
    raise exception 'Which table? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  masked_columns := coalesce(masked_columns, '{}');
  ignored_columns := coalesce(ignored_columns, '{}');
  perform script_tracking.require_auditable(relation, masked_columns, ignored_columns);
  for member in select f from script_tracking.row_audit_family(relation) f
  loop
    perform script_tracking.require_auditable(member, masked_columns, ignored_columns);
    if not has_table_privilege(member, 'trigger') then
      raise exception 'The role % may not put a trigger on %.', current_user, member
        using errcode = 'insufficient_privilege', hint = 'Its owner may, or grants it: grant trigger on ' || member || ' to ' || current_user || '.';
    end if;
    perform script_tracking.note_row_audit(member, true, masked_columns, ignored_columns);
    select jsonb_build_object('masked', masked_columns, 'ignored', ignored_columns, 'masked_numbers',
        coalesce(jsonb_agg(a.attnum order by a.attnum) filter (where a.attname = any (masked_columns)
          or a.attname = any (script_tracking.sensitive_columns(member))), '[]'))
      into settings
    from pg_attribute a
    where a.attrelid = member and a.attnum > 0 and not a.attisdropped;
    for wanted in
      select *
      from (
        values
          ('audit_row_insert', 'insert', 'referencing new table as new_rows'),
          ('audit_row_update', 'update', 'referencing old table as old_rows new table as new_rows'),
          ('audit_row_delete', 'delete', 'referencing old table as old_rows'),
          ('audit_row_truncate', 'truncate', '')
      ) as triggers (name, event, tables)
    loop
      if exists (
        select from pg_trigger t
        where t.tgrelid = member and t.tgname = wanted.name and t.tgfoid <> 'script_tracking.record_row_change()'::regprocedure
      ) then
        raise exception 'Table % has a trigger % of its own.', member, wanted.name
          using errcode = 'duplicate_object', hint = 'Rename it: alter trigger ... on ... rename to ...';
      end if;
      -- What stands is left alone: whoever may make a trigger may not always drop or enable one.
      if not exists (
        select from pg_trigger t
        where t.tgrelid = member and t.tgname = wanted.name
          and convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb = settings
      ) then
        execute format('drop trigger if exists %I on %s', wanted.name, member);
        execute format(
          'create trigger %I after %s on %s %s for each statement execute function script_tracking.record_row_change(%L)',
          wanted.name, wanted.event, member, wanted.tables, settings::text);
      end if;
      if exists (select from pg_trigger t where t.tgrelid = member and t.tgname = wanted.name and t.tgenabled not in ('O', 'A')) then
        execute format('alter table %s enable trigger %I', member, wanted.name);
      end if;
    end loop;
    members := members + 1;
  end loop;
  return members;
end
$$;

comment on function script_tracking.enable_row_audit(regclass, text[], text[]) is 'Puts a table under row auditing, with its partitions and children, for steward_admin with the right to put triggers on it; says how many tables that were. Values of masked columns, and of those that project_schema.metadata tags as sensitive, are not recorded; ignored columns are left out. Called again it takes up new partitions and new settings';

create or replace function script_tracking.sensitive_columns(relation regclass)
returns text[]
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select script_tracking.tagged_columns(relation)
$$;

comment on function script_tracking.sensitive_columns(regclass) is 'The columns that are tagged as sensitive, for whoever switches row auditing';

create or replace function script_tracking.disable_row_audit(relation regclass)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  member regclass;
  name name;
  members integer := 0;
begin
  if relation is null then
    raise exception 'Which table? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  for member in
    select f from script_tracking.row_audit_family(relation) f
    where exists (select from pg_trigger t where t.tgrelid = f and t.tgfoid = 'script_tracking.record_row_change()'::regprocedure)
  loop
    perform script_tracking.note_row_audit(member, false, '{}', '{}');
    for name in
      select t.tgname from pg_trigger t
      where t.tgrelid = member and t.tgfoid = 'script_tracking.record_row_change()'::regprocedure
    loop
      execute format('drop trigger %I on %s', name, member);
    end loop;
    members := members + 1;
  end loop;
  return members;
end
$$;

comment on function script_tracking.disable_row_audit(regclass) is 'Takes a table out of row auditing, with its partitions and children, for steward_admin who owns it; says how many tables that were. What was recorded stays';

create or replace view script_tracking.audited_table with (security_barrier) as
select
  t.tgrelid::regclass as relation,
  n.nspname::text as schema_name,
  c.relname::text as table_name,
  array(select jsonb_array_elements_text(max(t.settings::text)::jsonb -> 'masked')) as masked_columns,
  array(select jsonb_array_elements_text(max(t.settings::text)::jsonb -> 'ignored')) as ignored_columns,
  count(*) filter (where t.tgenabled in ('O', 'A')) = 4 as is_complete
from (
  select t.*, convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb as settings
  from pg_catalog.pg_trigger t
  where t.tgfoid = 'script_tracking.record_row_change()'::regprocedure
) t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
group by t.tgrelid, n.nspname, c.relname;

comment on view script_tracking.audited_table is 'The tables under row auditing, by their triggers';
comment on column script_tracking.audited_table.relation is 'The table';
comment on column script_tracking.audited_table.schema_name is 'Its schema';
comment on column script_tracking.audited_table.table_name is 'Its name';
comment on column script_tracking.audited_table.masked_columns is 'Columns that were masked when it was switched on, beside those that are tagged';
comment on column script_tracking.audited_table.ignored_columns is 'Columns that are not recorded';
comment on column script_tracking.audited_table.is_complete is 'All four triggers are there and enabled';

create or replace view script_tracking.row_audit_gap with (security_barrier) as
with wanted as (
  -- What was last said of each table that is still there; by name too, for a restore gives other OIDs.
  select distinct on (c.oid) c.oid, s.is_enabled
  from script_tracking.row_audit_state s
  join pg_catalog.pg_namespace n on n.nspname = s.schema_name
  join pg_catalog.pg_class c on c.relname = s.table_name and c.relnamespace = n.oid
  order by c.oid, s.recorded_at desc
)
select w.oid::regclass as relation, 'It was put under row auditing, and not all of its triggers are there and enabled.' as problem
from wanted w
where w.is_enabled and not exists (
  select from script_tracking.audited_table a where a.relation = w.oid and a.is_complete)
union all
select f.member, 'It is a part of ' || a.relation::text || ', which is under row auditing, and is not itself: what is changed in it directly is not recorded.'
from script_tracking.audited_table a
cross join lateral script_tracking.row_audit_family(a.relation) as f (member)
where f.member <> a.relation and not exists (
  select from script_tracking.audited_table own where own.relation = f.member)
  and not exists (select from wanted w where w.oid = f.member and w.is_enabled);

comment on view script_tracking.row_audit_gap is 'Tables whose rows ought to be audited and are not, or not all; enable_row_audit mends it';
comment on column script_tracking.row_audit_gap.relation is 'The table';
comment on column script_tracking.row_audit_gap.problem is 'What is missing';

create or replace view script_tracking.row_change_history with (security_barrier) as
select
  s.statement, c.ordinal, s.recorded_at, s.schema_name, s.table_name,
  case coalesce(c.action, s.action) when 'I' then 'INSERT' when 'U' then 'UPDATE' when 'D' then 'DELETE' when 'T' then 'TRUNCATE' end as action,
  c.row_key, c.old_values, c.new_values, s.row_count,
  s.session_user_name, coalesce(s.executed_by, s.session_user_name) as executed_by, s.application_name, s.client_ip, s.xid, s.caused_by
from script_tracking.row_change_statement s
left join script_tracking.row_change c on c.statement = s.statement and c.recorded_at = s.recorded_at
where (select script_tracking.may_read_all());

comment on view script_tracking.row_change_history is 'What happened to the rows of audited tables, for steward_admin and steward_auditor';
comment on column script_tracking.row_change_history.statement is 'The statement, as a time-ordered UUID';
comment on column script_tracking.row_change_history.ordinal is 'Counts the rows of a statement from 1; null for truncate';
comment on column script_tracking.row_change_history.recorded_at is 'When';
comment on column script_tracking.row_change_history.schema_name is 'The table''s schema at that time';
comment on column script_tracking.row_change_history.table_name is 'The table''s name at that time; a parent''s where the rows were changed through it';
comment on column script_tracking.row_change_history.action is 'INSERT, UPDATE, DELETE or TRUNCATE';
comment on column script_tracking.row_change_history.row_key is 'The row''s key by column; of an update the key before it';
comment on column script_tracking.row_change_history.old_values is 'The row before: whole for a delete, the changed columns for an update';
comment on column script_tracking.row_change_history.new_values is 'The row after: whole for an insert, the changed columns for an update';
comment on column script_tracking.row_change_history.row_count is 'How many rows the statement changed';
comment on column script_tracking.row_change_history.session_user_name is 'Who logged in';
comment on column script_tracking.row_change_history.executed_by is 'As which role the session worked';
comment on column script_tracking.row_change_history.application_name is 'What the client called itself';
comment on column script_tracking.row_change_history.client_ip is 'The client''s address; null over a Unix socket';
comment on column script_tracking.row_change_history.xid is 'The transaction, with its epoch';
comment on column script_tracking.row_change_history.caused_by is 'The tracked operation during which it happened';

create or replace function script_tracking.get_row_changes(
  relation regclass,
  key jsonb default null,
  since timestamptz default null,
  until timestamptz default null,
  page_size integer default 1000,
  after_statement uuid default null,
  after_ordinal bigint default null)
returns table (
  statement uuid, ordinal bigint, recorded_at timestamptz, action text, row_key jsonb, old_values jsonb, new_values jsonb,
  session_user_name text, executed_by text, application_name text, xid bigint, caused_by uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  family oid[];
  names text[];
  keys jsonb[];
  secret bytea;
  after_time timestamptz;
begin
  perform project_schema.require_role('read row changes', 'steward_admin', 'steward_auditor');
  if relation is null then
    raise exception 'Of which table? It is null.' using errcode = 'null_value_not_allowed';
  end if;
  if key is not null and jsonb_typeof(key) <> 'object' then
    raise exception 'A key is an object by column, such as {"id": 1}.' using errcode = 'invalid_parameter_value';
  end if;
  perform project_schema.require_page(page_size);
  if after_statement is not null then
    select s.recorded_at into after_time from script_tracking.row_change_statement s where s.statement = after_statement;
    if not found then
      raise exception 'There is no statement % to go on from.', after_statement using errcode = 'no_data_found';
    end if;
  end if;
  select array_agg(c.oid), array_agg(n.nspname || '.' || c.relname)
    into family, names
  from script_tracking.row_audit_family(get_row_changes.relation) f
  join pg_class c on c.oid = f
  join pg_namespace n on n.oid = c.relnamespace;
  -- Of a masked key its hash was recorded. It may have been masked at one time and not at another.
  select s.secret into secret from script_tracking.row_audit_secret s order by s.made_at limit 1;
  select array[get_row_changes.key, script_tracking.masked_row(get_row_changes.key, array_agg(k.name), secret, array_agg(k.name))]
    into keys
  from jsonb_object_keys(get_row_changes.key) as k (name);
  return query
  select s.statement, c.ordinal, s.recorded_at,
    case coalesce(c.action, s.action) when 'I' then 'INSERT' when 'U' then 'UPDATE' when 'D' then 'DELETE' when 'T' then 'TRUNCATE' end,
    c.row_key, c.old_values, c.new_values,
    s.session_user_name, coalesce(s.executed_by, s.session_user_name), s.application_name, s.xid, s.caused_by
  from (
    select c.statement, c.recorded_at, c.ordinal, c.action, c.row_key, c.old_values, c.new_values
    from script_tracking.row_change c
    -- By the index on the key's hash.
    where get_row_changes.key is null
      or hashtextextended(c.row_key::text, 0) = any (array(select hashtextextended(k::text, 0) from unnest(keys) k)) and c.row_key = any (keys)
    union all
    -- What removed all rows has none of its own, and concerns every key.
    select t.statement, t.recorded_at, null, null, null, null, null
    from script_tracking.row_change_statement t
    where t.action = 'T'
  ) c
  join script_tracking.row_change_statement s on s.statement = c.statement and s.recorded_at = c.recorded_at
  where (
      s.relation_id = any (family) and s.recorded_in = 'script_tracking.row_change_statement'::regclass
      or s.schema_name || '.' || s.table_name = any (names)
    )
    and s.recorded_at >= coalesce(get_row_changes.since, '-infinity') and s.recorded_at < coalesce(get_row_changes.until, 'infinity')
    and (after_time is null
      or (s.recorded_at, s.statement, coalesce(c.ordinal, 0)) < (after_time, after_statement, coalesce(after_ordinal, 0)))
  order by s.recorded_at desc, s.statement desc, coalesce(c.ordinal, 0) desc
  limit page_size;
end
$$;

comment on function script_tracking.get_row_changes(regclass, jsonb, timestamptz, timestamptz, integer, uuid, bigint) is 'What happened to the rows of a table, its partitions and children, or to the row of one key, newest first, for steward_admin and steward_auditor. The next page begins after the last statement and ordinal of this one';

do $$
declare
  relation text;
begin
  foreach relation in array array['row_change_statement', 'row_change', 'row_audit_state', 'row_audit_secret'] loop
    perform script_tracking.make_insert_only(format('script_tracking.%I', relation)::regclass);
  end loop;
end
$$;
