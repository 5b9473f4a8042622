-- What leaves this schema when its time is over. A policy in retention_policies that is approved decides how
-- long; where there is none, the periods below. The audit leaves by whole months and in no other way.

create or replace function project_schema.retention_of(relation text)
returns interval
language sql stable
as $$
  select coalesce(
    (
      select max(p.retention_period)
      from project_schema.retention_policies p
      where p.schema_name = split_part(relation, '.', 1) and p.table_name = split_part(relation, '.', 2) and p.status = 'approved'
    ),
    case relation
      when 'project_schema.user_sessions' then interval '90 days'
      when 'project_schema.notifications' then interval '180 days'
      when 'project_schema.project_activities' then interval '2 years'
      -- HIPAA asks for six years, SOX for seven.
      when 'project_schema.audit_logs' then interval '7 years'
      when 'script_tracking.row_change' then interval '7 years'
    end)
$$;

comment on function project_schema.retention_of(text) is 'How long rows of a table are kept: the longest approved policy, or else the default';

create or replace function project_schema.is_held(relation text)
returns boolean
language sql stable
as $$
  select exists (
    select from project_schema.legal_holds h
    where h.schema_name = split_part(relation, '.', 1) and h.table_name = split_part(relation, '.', 2) and h.released_at is null)
$$;

comment on function project_schema.is_held(text) is 'Whether a legal hold stands on the table';

create or replace function project_schema.prune(dry_run boolean default false)
returns table (relation text, kept_for interval, removed bigint, partitions text[], message text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $$
declare
  month regclass;
  parent text;
  month_end timestamptz;
  total bigint;
  held bigint;
begin
  perform project_schema.require_role('prune', 'steward_admin');
  -- One at a time.
  perform pg_advisory_xact_lock(hashtextextended('project_schema.prune', 0));

  foreach relation in array array[
    'project_schema.user_sessions', 'project_schema.notifications', 'project_schema.project_activities'
  ] loop
    kept_for := project_schema.retention_of(relation);
    partitions := null;
    message := null;
    removed := 0;
    if project_schema.is_held(relation) then
      message := 'A legal hold stands on it: nothing was removed.';
    else
      execute format('select count(*) from %s where %s < $1', relation, project_schema.age_of(relation))
        into removed
        using now() - kept_for;
      if not coalesce(dry_run, false) then
        execute format('delete from %s where %s < $1', relation, project_schema.age_of(relation)) using now() - kept_for;
        get diagnostics removed = row_count;
      end if;
    end if;
    return next;
  end loop;

  foreach relation in array array['project_schema.audit_logs', 'script_tracking.row_change'] loop
    kept_for := project_schema.retention_of(relation);
    partitions := '{}';
    message := null;
    removed := 0;
    if project_schema.is_held(relation) then
      message := 'A legal hold stands on it: nothing was removed.';
    else
      -- The rows of a statement leave with it, for both tables have the same months.
      foreach parent in array case relation
        when 'script_tracking.row_change' then array['script_tracking.row_change', 'script_tracking.row_change_statement']
        else array[relation]
      end loop
        for month, month_end in
          select m.month, m.month_end from project_schema.months_of(parent::regclass) m
          where m.month_end <= now() - kept_for
          order by m.month_end
        loop
          execute format('select count(*) from %s', month) into held;
          total := case when parent = relation then held else 0 end;
          removed := removed + total;
          partitions := partitions || month::text;
          if not coalesce(dry_run, false) then
            execute format('drop table %s', month);
          end if;
        end loop;
      end loop;
      execute format('select count(*) from %s where recorded_at < $1', relation || '_default') into held using now() - kept_for;
      if held > 0 then
        message := format('%s rows whose month has no partition of its own stay.', held);
      end if;
    end if;
    return next;
  end loop;
end
$$;

comment on function project_schema.prune(boolean) is 'Removes what is older than its retention, for steward_admin: sessions by their end, notifications and activities by their age, the audit and the row changes by whole months. A legal hold on the table stops it. dry_run only counts';

create or replace function project_schema.age_of(relation text)
returns text
language sql immutable
as $$
  select case relation
    when 'project_schema.user_sessions' then 'coalesce(revoked_at, expires_at)'
    when 'project_schema.notifications' then 'greatest(created_at, read_at, expires_at)'
    when 'project_schema.project_activities' then 'recorded_at'
  end
$$;

comment on function project_schema.age_of(text) is 'The expression that says how old a row is';

create or replace function project_schema.months_of(parent regclass)
returns table (month regclass, month_end timestamptz)
language sql stable
as $$
  select i.inhrelid::regclass,
    (to_date(substring(c.relname::text from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where i.inhparent = parent and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
$$;

comment on function project_schema.months_of(regclass) is 'The monthly partitions of a table and when each month ends; the default one is not among them';

create or replace function project_schema.note_approval()
returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Who logged in: one person may take on several roles.
  login constant text := session_user;
  is_changed boolean := tg_op = 'INSERT';
begin
  -- Who wrote and who approved is the server's own knowledge, whatever the statement says.
  if tg_op = 'UPDATE' then
    is_changed := (new.schema_name, new.table_name, new.age_column, new.retention_period, new.action, new.row_filter)
      is distinct from (old.schema_name, old.table_name, old.age_column, old.retention_period, old.action, old.row_filter);
    new.written_by := old.written_by;
    new.approved_by := old.approved_by;
    new.approved_at := old.approved_at;
  end if;
  if is_changed then
    new.written_by := login;
  end if;
  if new.status = 'approved' and (is_changed or old.status <> 'approved') then
    new.approved_by := login;
    new.approved_at := clock_timestamp();
    if tg_op = 'UPDATE' and new.approval_reason is not distinct from old.approval_reason then
      -- It was the reason of another approval.
      new.approval_reason := null;
    end if;
    if new.approved_by = new.written_by and coalesce(new.approval_reason, '') !~ '[^[:space:]]' then
      raise exception 'The retention policy "%" was written by %, who cannot approve it without a reason.', new.name, quote_ident(login)
        using errcode = 'check_violation', constraint = 'retention_policies_have_four_eyes_or_a_reason',
              hint = 'Have somebody else approve it, or say why in approval_reason.';
    end if;
  elsif new.status <> 'approved' and tg_op = 'INSERT' then
    new.approved_by := null;
    new.approved_at := null;
  end if;
  return new;
end
$$;

comment on function project_schema.note_approval() is 'Says in a retention policy who wrote and who approved it; refuses that both be one, without a reason';

do $$
begin
  if not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = 'project_schema.retention_policies'::pg_catalog.regclass and t.tgname = 'note_approval')
  then
    create trigger note_approval before insert or update on project_schema.retention_policies
      for each row execute function project_schema.note_approval();
    comment on trigger note_approval on project_schema.retention_policies is 'Says who wrote and who approved the policy';
  end if;
end
$$;
