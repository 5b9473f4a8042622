-- Who may see what. Nothing below the views is granted to anybody; the views ask here. A view reads its
-- tables with the rights of its owner, while current_user in it stays whoever asks: so it is the views, and
-- not functions with the owner's rights, that know exactly for whom they answer.

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

-- To analyze, reindex or refresh a relation, PostgreSQL runs the functions in it as the relation's owner, also in
-- a superuser's session and in an autovacuum worker, which is one. There the session says nothing of who acts.
-- What PostgreSQL forbids in such a place tells that this is one; nobody listens on this channel.
create or replace function script_tracking.require_session()
returns void
language plpgsql
as $$
begin
  unlisten script_tracking;
exception when insufficient_privilege then
  raise exception 'Not while PostgreSQL maintains a relation: nobody can tell who calls.'
    using errcode = 'insufficient_privilege',
          hint = 'Functions of an index or a materialized view run as its owner, whoever analyzes, reindexes or refreshes it.';
end
$$;

comment on function script_tracking.require_session() is 'An error where PostgreSQL runs functions of a relation as its owner, so that the session does not tell who calls';

create or replace function script_tracking.may_administer()
returns boolean
language plpgsql stable
as $$
begin
  perform script_tracking.require_session();
  return exists (
    select from pg_catalog.pg_roles r
    where (r.rolname = 'steward_admin'
           or r.oid = (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'script_tracking'))
      and pg_catalog.pg_has_role(script_tracking.session_role(), r.oid, 'usage')
  );
end
$$;

comment on function script_tracking.may_administer() is 'Whether the session works as steward_admin, as the framework''s owner or as a superuser';

create or replace function script_tracking.may_continue(entry script_tracking.ledger)
returns boolean
language sql stable
as $$
  select (entry.session_user_name = session_user
          and coalesce(entry.executed_by, entry.session_user_name) = script_tracking.session_role())
    or script_tracking.may_administer()
$$;

comment on function script_tracking.may_continue(script_tracking.ledger) is 'Whether the session may add a state to this execution: it is its own, or the session is in steward_admin';

create or replace view script_tracking.tenant_membership with (security_barrier) as
select d.tenant_hk, r.oid as role_oid, r.rolname::text as role_name, d.role_name as recorded_role_name,
  d.recorded_at, d.recorded_by, d.valid_until,
  d.cluster_identifier = (select c.system_identifier from pg_catalog.pg_control_system() c) as is_of_this_cluster
from (
  select distinct on (m.tenant_hk, m.member) m.*
  from (
    select s.*, case
      when s.cluster_identifier = (select c.system_identifier from pg_catalog.pg_control_system() c) then s.role_oid
      else (select named.oid from pg_catalog.pg_roles named where named.rolname = s.role_name)
    end as member
    from script_tracking.tenant_decision s
  ) m
  order by m.tenant_hk, m.member, m.state_ordinal desc
) d
join pg_catalog.pg_roles r on r.oid = d.member
where d.is_member and (d.valid_until is null or d.valid_until > now());

comment on view script_tracking.tenant_membership is 'Who is a member of which tenant now; for steward_admin and steward_auditor';
comment on column script_tracking.tenant_membership.tenant_hk is 'The tenant';
comment on column script_tracking.tenant_membership.role_oid is 'The role';
comment on column script_tracking.tenant_membership.role_name is 'What the role is called now';
comment on column script_tracking.tenant_membership.recorded_role_name is 'What the role was called when it became a member; a restore in another cluster goes by that name';
comment on column script_tracking.tenant_membership.recorded_at is 'Since when it is a member';
comment on column script_tracking.tenant_membership.recorded_by is 'Who made it a member, as logged in';
comment on column script_tracking.tenant_membership.valid_until is 'When the membership ends by itself; null for never';
comment on column script_tracking.tenant_membership.is_of_this_cluster is 'It became a member here; otherwise elsewhere, and goes by its name';

create or replace view script_tracking.visible_tenant with (security_barrier) as
select distinct m.tenant_hk
from script_tracking.tenant_membership m
where pg_catalog.pg_has_role(current_user, m.role_oid, 'usage')
-- No condition of a query may get below this, to where other tenants are.
offset 0;

comment on view script_tracking.visible_tenant is 'The tenants of the current role: those that it, or a role whose rights it has, is a member of';
comment on column script_tracking.visible_tenant.tenant_hk is 'The tenant';

-- Said to cost next to nothing, so that the planner has it asked before any condition of the query's own.
-- Otherwise explain analyze told, by what it never came to, whether any row of anybody's fulfils a
-- condition. Not in SQL, which could be inlined and would cost what it costs. The operators are qualified,
-- because it sees rows that whoever set the search path may not see.
create or replace function script_tracking.is_visible(session_user_name text, executed_by text, tenant_hk bytea, tenants bytea[])
returns boolean
language plpgsql stable parallel safe cost 0.0001
as $$
begin
  return session_user_name operator(pg_catalog.=) session_user::pg_catalog.text
      and coalesce(executed_by, session_user_name) operator(pg_catalog.=) current_user::pg_catalog.text
    or tenant_hk operator(pg_catalog.=) any (tenants);
end
$$;

comment on function script_tracking.is_visible(text, text, bytea, bytea[]) is 'Whether an execution is the current role''s own, or of one of these tenants';

-- The one place that says who sees which row of the trail. It is no barrier itself, so that the views over
-- it can use the ledger's indexes, and therefore given to nobody: each of these views is a barrier.
create or replace view script_tracking.visible_ledger as
select l.*
from script_tracking.ledger l
where case
  when (select script_tracking.may_read_all()) then true
  else script_tracking.is_visible(l.session_user_name, l.executed_by, l.tenant_hk,
    array(select t.tenant_hk from script_tracking.visible_tenant t))
end;

comment on view script_tracking.visible_ledger is 'The rows of the ledger that the current role may see: its own, logged in as the same role and working as the same role; those of its tenants; all, for steward_admin and steward_auditor. Given to nobody: other views are made of it';

do $$
declare
  described record;
begin
  for described in
    select a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words
    from pg_catalog.pg_attribute a
    where a.attrelid = 'script_tracking.ledger'::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column script_tracking.visible_ledger.%I is %L', described.attname, described.words);
  end loop;
end
$$;

-- A second door behind the first. Whoever is granted a table of the trail by mistake sees there what the
-- views show, and of a single month nothing. The owner passes: its functions find an execution by an index
-- that a policy would keep from being used, because the index's expression is not leakproof.
--
-- What the planner knows of a column it tells everybody, in the row estimates of explain: how many rows
-- another tenant has. So nothing is gathered of what is in the rows, only of when they came.
create or replace function script_tracking.conceal(relation regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  told record;
begin
  for told in
    select a.attrelid::regclass as relation, a.attnum, a.attname, c.relkind in ('i', 'I') as of_index
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where (a.attrelid = conceal.relation
        and a.attname not in ('version_number', 'xid', 'recorded_at', 'state_ordinal', 'source', 'status')
        or a.attrelid in (select i.indexrelid from pg_index i where i.indrelid = conceal.relation and i.indexprs is not null)
        and (select i.indkey[a.attnum - 1] from pg_index i where i.indexrelid = a.attrelid) = 0)
      and a.attnum > 0 and not a.attisdropped and a.attstattarget is distinct from 0
  loop
    if told.of_index then
      execute format('alter index %s alter column %s set statistics 0', told.relation, told.attnum);
    else
      execute format('alter table %s alter column %I set statistics 0', told.relation, told.attname);
    end if;
  end loop;
  if not (select c.relrowsecurity from pg_class c where c.oid = relation) then
    execute format('alter table %s enable row level security', relation);
  end if;
end
$$;

comment on function script_tracking.conceal(regclass) is 'Puts a table under row-level security, and keeps the planner from telling by its estimates what is in the rows';

do $$
begin
  perform script_tracking.conceal(r::pg_catalog.regclass)
  from unnest(array['script_tracking.ledger', 'script_tracking.text', 'script_tracking.client_state',
    'script_tracking.tenant', 'script_tracking.tenant_decision']) as r;

  -- Made once, so that an upgrade does not lock the ledger: a policy that changes does so in a migration.
  if not exists (select from pg_catalog.pg_policy p where p.polrelid = 'script_tracking.ledger'::pg_catalog.regclass) then
    create policy own_and_tenants on script_tracking.ledger for select using (
      case
        when (select script_tracking.may_read_all()) then true
        else script_tracking.is_visible(session_user_name, executed_by, tenant_hk,
          array(select t.tenant_hk from script_tracking.visible_tenant t))
      end);
    comment on policy own_and_tenants on script_tracking.ledger is 'As script_tracking.visible_ledger, for whoever was granted the table';
  end if;
end
$$;

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
  perform script_tracking.keep_own(relation);
end
$$;

comment on function script_tracking.make_insert_only(regclass) is 'Puts the trigger insert_only on a table, once';
