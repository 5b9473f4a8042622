-- The months of the ledger. A row whose month has no partition falls into the default one, so that
-- nothing is lost if nobody makes partitions; that month then stays there.

create or replace function script_tracking.make_month(month regclass)
returns void
language plpgsql
as $$
begin
  if exists (select from pg_attribute a where a.attrelid = month and a.attname = 'version_number') then
    execute format('alter table %s add primary key (version_number)', month);
  end if;
  perform script_tracking.make_insert_only(month);
  perform script_tracking.conceal(month);
end
$$;

comment on function script_tracking.make_month(regclass) is 'Gives a new partition its primary key, where it has version numbers, makes it insert-only and conceals it';

create or replace function script_tracking.make_months(first date, last date)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
set default_tablespace = ''
set default_table_access_method = 'heap'
as $$
declare
  parent text;
  month timestamp;
  partition text;
  strays boolean;
  made integer := 0;
begin
  -- One at a time: two sessions would make the same month.
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.extend_ledger', 0));
  foreach parent in array array[
    'script_tracking.ledger', 'script_tracking.text',
    'script_tracking.row_change_statement', 'script_tracking.row_change', 'project_schema.audit_logs'
  ] loop
    continue when to_regclass(parent) is null;
    if to_regclass(parent || '_default') is null then
      execute format('create table %s partition of %s default', parent || '_default', parent);
      execute format('comment on table %s is %L', parent || '_default', 'Rows whose month had no partition');
      perform script_tracking.make_month((parent || '_default')::regclass);
    end if;
    for month in
      select generate_series(date_trunc('month', first::timestamp), last::timestamp, interval '1 month')
    loop
      partition := parent || to_char(month, '_YYYY_MM');
      continue when to_regclass(partition) is not null;
      execute format(
        'select exists (select from %s where recorded_at >= $1 and recorded_at < $2)', parent || '_default')
        into strays
        using month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC';
      continue when strays;
      execute format(
        'create table %s partition of %s for values from (%L) to (%L)',
        partition, parent, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      execute format('comment on table %s is %L', partition, 'One month, by the clock of UTC');
      perform script_tracking.make_month(partition::regclass);
      made := made + 1;
    end loop;
  end loop;
  perform script_tracking.name_present_month();
  return made;
end
$$;

comment on function script_tracking.make_months(date, date) is 'Makes the partitions of the months from the one of a day to the one of another, where they are missing, and says how many it made';

create or replace function script_tracking.extend_ledger(months integer default 3)
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  today constant date := now() at time zone 'UTC';
begin
  if months is null or months not between 0 and 60 then
    raise exception 'The ledger can be extended by 0 to 60 months, not by %.', coalesce(months::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  -- A partition that is made locks the ledger until its transaction ends: whoever may do that can keep everybody
  -- else from recording for as long.
  if not script_tracking.may_administer() then
    if script_tracking.months_ahead() >= months
      and to_regclass('script_tracking.ledger' || to_char(today, '_YYYY_MM')) is not null
    then
      return 0;
    end if;
    raise exception 'The role % may not make months of the ledger.', quote_ident(script_tracking.session_role())
      using errcode = 'insufficient_privilege', hint = 'That takes membership in steward_admin.';
  end if;
  return script_tracking.make_months(today, (date_trunc('month', today) + make_interval(months => months))::date);
end
$$;

comment on function script_tracking.extend_ledger(integer) is 'Makes the partitions of this month and the given number of months to come, where they are missing, and says how many it made. For steward_admin; to anybody else it says 0 where none is missing';

-- Rows of the present month go straight into their partition: to find it among all takes longer than what is left of the
-- insert. The month is named in two views, so that a plan holds it as a constant. Where they name another one, the
-- recorders find the partition the long way, and PostgreSQL itself takes no row that does not belong into a month.
create or replace function script_tracking.name_present_month()
returns boolean
language plpgsql
-- Whoever waits for such a lock has everybody wait behind it.
set lock_timeout = '20ms'
as $$
declare
  month constant timestamp := date_trunc('month', clock_timestamp() at time zone 'UTC');
  partition constant regclass := to_regclass('script_tracking.ledger' || to_char(month, '_YYYY_MM'));
  month_began constant timestamptz := month at time zone 'UTC';
begin
  -- Whoever drops a month with cascade drops the view of it.
  if script_tracking.named_month() = coalesce(partition, 'script_tracking.ledger'::regclass) then
    if exists (select from script_tracking.present_month p where p.began = month_began and p.database_encoding = getdatabaseencoding()) then
      return true;
    end if;
  end if;
  -- In this order: where only the first is changed, no row goes that way. Rows of a month without a partition of its own
  -- are in the default one, which the whole ledger finds.
  execute format('create or replace view script_tracking.present_ledger as select * from %s',
    coalesce(partition, 'script_tracking.ledger'::regclass));
  -- A SQL_ASCII database does not know what its bytes mean, so they are hashed as they are. A dump that is restored with
  -- another encoding keeps what is said here until it is said anew: until then the recorders go the long way.
  execute format(
    'create or replace view script_tracking.present_month as
       select timestamptz %L as began, timestamptz %L as ends, name %L as database_encoding, name %L as hashed_as',
    month_began, (month + interval '1 month') at time zone 'UTC', getdatabaseencoding(),
    case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end);
  return true;
exception
  when lock_not_available then
    return false;
end
$$;

comment on function script_tracking.name_present_month() is 'Has present_ledger be the partition of this month, where there is a moment in which nobody records; says whether it is now';

create or replace function script_tracking.named_month()
returns regclass
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  -- As the catalog knows it, which everybody may read: the view itself is for the recorders.
  select d.refobjid::regclass
  from pg_rewrite w
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
  where w.ev_class = to_regclass('script_tracking.present_ledger')
    and d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class
    and to_regclass('script_tracking.present_month') is not null
  limit 1
$$;

comment on function script_tracking.named_month() is 'The partition into which the recorders write straight; null where the views that name it are missing, so that nothing can be recorded';

create or replace function script_tracking.is_present_month_named()
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(script_tracking.named_month() = to_regclass('script_tracking.ledger' || to_char(now() at time zone 'UTC', '_YYYY_MM')), false)
$$;

comment on function script_tracking.is_present_month_named() is 'Whether the recorders write straight into the partition of this month';

create or replace function script_tracking.months_ahead()
returns integer
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select count(*)::integer
  from generate_series(1, 60) as m (ahead)
  where to_regclass('script_tracking.ledger' || to_char(
    date_trunc('month', now() at time zone 'UTC') + make_interval(months => m.ahead), '_YYYY_MM')) is not null
$$;

comment on function script_tracking.months_ahead() is 'For how many months to come the ledger has its partition';

do $$
declare
  relation text;
begin
  foreach relation in array array['ledger', 'text', 'client_state', 'tracking_error', 'applied_file', 'installed_object', 'tenant', 'tenant_decision', 'made_wrapper', 'imported_line'] loop
    perform script_tracking.make_insert_only(format('script_tracking.%I', relation)::regclass);
  end loop;
  -- Made anew with each upgrade: the ledger may have got another column.
  drop view if exists script_tracking.present_month;
  perform script_tracking.extend_ledger();
end
$$;

do $$
declare
  described record;
begin
  comment on view script_tracking.present_month is 'The month that present_ledger is the partition of';
  comment on column script_tracking.present_month.began is 'When it began';
  comment on column script_tracking.present_month.ends is 'When the next one begins';
  comment on column script_tracking.present_month.database_encoding is 'The encoding of the database for which the next column holds';
  comment on column script_tracking.present_month.hashed_as is 'The encoding in which the texts of a row are hashed: UTF8, or SQL_ASCII for bytes as they are';
  comment on view script_tracking.present_ledger is 'The ledger''s partition of the present month, for the recorders; given to nobody';
  for described in
    select a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words
    from pg_catalog.pg_attribute a
    where a.attrelid = 'script_tracking.ledger'::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column script_tracking.present_ledger.%I is %L', described.attname, described.words);
  end loop;
end
$$;
