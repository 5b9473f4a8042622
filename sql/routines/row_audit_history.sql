-- Reading what happened to the rows of audited tables.

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
