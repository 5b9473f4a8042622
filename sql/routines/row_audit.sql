-- Auditing the rows of a table: statement-level triggers with transition tables record, for each statement,
-- who and when, and for each row its key, what it was and what it became. Off by default; DML on a table
-- that is not audited meets no trigger of ours.

-- The next three write SQL. Names stand in it as literals and as quoted names, and never in a template.
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
    -- What the trigger does not name is looked up, and a temporary view of that name is whoever made it.
    if pg_my_temp_schema() <> 0 and not exists (
      select from pg_trigger t
      where t.tgrelid = tg_relid and t.tgname = tg_name
        and t.tgoldtable is not distinct from case when tg_op in ('UPDATE', 'DELETE') then 'old_rows'::name end
        and t.tgnewtable is not distinct from case when tg_op in ('UPDATE', 'INSERT') then 'new_rows'::name end
    ) then
      raise exception 'The trigger % was not made by enable_row_audit.', quote_ident(tg_name)
        using errcode = 'object_not_in_prerequisite_state';
    end if;
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

do $$
declare
  relation text;
begin
  foreach relation in array array['row_change_statement', 'row_change', 'row_audit_state', 'row_audit_secret'] loop
    perform script_tracking.make_insert_only(format('script_tracking.%I', relation)::regclass);
  end loop;
end
$$;
