-- Who may see what. Nothing below the views is granted to anybody; the views ask here.

create or replace function script_tracking.may_read_all()
returns boolean
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_catalog.pg_roles r
    where r.rolname in ('steward_admin', 'steward_auditor') and pg_catalog.pg_has_role(current_user, r.oid, 'usage')
  ) or exists (
    -- Superusers, and the owner where the framework was installed without roles of its own.
    select from pg_catalog.pg_namespace n
    where n.nspname = 'script_tracking' and pg_catalog.pg_has_role(current_user, n.nspowner, 'usage')
  )
$$;

comment on function script_tracking.may_read_all() is 'Whether the current role sees the operations of everybody: it is in steward_admin or steward_auditor, or owns the framework';

-- In a function with its owner's rights current_user is the owner, and the session's own role is
-- told by the setting "role", which set role alone can change.
create or replace function script_tracking.session_role()
returns text
language sql stable parallel restricted
as $$
  select case current_setting('role') when 'none' then session_user::text else current_setting('role') end
$$;

comment on function script_tracking.session_role() is 'As whom the session works: the role of its set role, or who logged in';

create or replace function script_tracking.may_continue(entry script_tracking.ledger)
returns boolean
language sql stable
as $$
  select (entry.session_user_name = session_user
          and coalesce(entry.executed_by, entry.session_user_name) = script_tracking.session_role())
    or exists (
      select from pg_catalog.pg_roles r
      where (r.rolname = 'steward_admin'
             or r.oid = (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'script_tracking'))
        and pg_catalog.pg_has_role(script_tracking.session_role(), r.oid, 'usage')
    )
$$;

comment on function script_tracking.may_continue(script_tracking.ledger) is 'Whether the session may add a state to this execution: it is its own, or the session is in steward_admin';

create or replace function script_tracking.refuse_change()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The trail is insert-only: % on %.% is refused.', lower(tg_op), tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'What happened stays recorded. A correction is a new operation.';
end
$$;

comment on function script_tracking.refuse_change() is 'Refuses update, delete and truncate on the trail, to everybody';

create or replace function script_tracking.make_insert_only(relation regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from pg_catalog.pg_trigger t where t.tgrelid = relation and t.tgname = 'insert_only') then
    return;
  end if;
  execute format(
    'create trigger insert_only before update or delete or truncate on %s
       for each statement execute function script_tracking.refuse_change()', relation);
  execute format('comment on trigger insert_only on %s is %L', relation, 'Refuses update, delete and truncate, to everybody');
  -- Also for sessions with session_replication_role = replica.
  execute format('alter table %s enable always trigger insert_only', relation);
end
$$;

comment on function script_tracking.make_insert_only(regclass) is 'Puts the trigger insert_only on a table, once';
