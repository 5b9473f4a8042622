-- Tenants and their members: who may see which, and the calls by which steward_admin decides it.

create or replace function script_tracking.require_tenant(wanted bytea)
returns void
language plpgsql stable
set row_security = on
as $$
begin
  if wanted is null or exists (
    select from script_tracking.tenant t
    where t.tenant_hk = wanted
      and (script_tracking.may_administer() or exists (
        select from script_tracking.tenant_membership m
        where m.tenant_hk = wanted and pg_has_role(script_tracking.session_role(), m.role_oid, 'usage')
      ))
  ) then
    return;
  end if;
  -- Somebody else's tenant is unknown here, so that asking tells nothing.
  raise exception 'There is no tenant % of yours.', wanted
    using errcode = 'no_data_found', hint = 'The tenants that you may record for: select tenant_hk, name from script_tracking.tenant_h;';
end
$$;

comment on function script_tracking.require_tenant(bytea) is 'Refuses a tenant that the session may not record for, in the same words as one that does not exist; null is system-wide and passes';

create or replace function script_tracking.create_tenant(bk text, name text default null)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  hk bytea;
begin
  if bk is null or bk !~ '[^[:space:]]' then
    raise exception 'A tenant needs a business key.' using errcode = 'null_value_not_allowed';
  end if;
  if length(bk) > 1000 or length(create_tenant.name) > 1000 then
    raise exception 'The business key and the name of a tenant have 1000 characters at the most.'
      using errcode = 'string_data_right_truncation';
  end if;
  hk := script_tracking.calculate_hash_key(bk);
  insert into script_tracking.tenant (tenant_hk, tenant_bk, name, load_date, record_source, created_by)
  values (hk, bk, coalesce(nullif(btrim(create_tenant.name), ''), bk), clock_timestamp(), 'SQL_CALL', session_user)
  on conflict do nothing;
  if not found then
    raise exception 'The tenant "%" exists already.', bk
      using errcode = 'unique_violation', hint = 'Its hash key is calculate_hash_key of its business key.';
  end if;
  perform script_tracking.record_decision(
    format('create_tenant(%s)', encode(hk, 'hex')), 'TENANT',
    jsonb_build_object('tenant_hk', encode(hk, 'hex'), 'tenant_bk', bk, 'name', coalesce(nullif(btrim(create_tenant.name), ''), bk)));
  return hk;
end
$$;

comment on function script_tracking.create_tenant(text, text) is 'Records a tenant under a business key, with a name for people; returns its hash key. For steward_admin';

create or replace function script_tracking.decide_membership(wanted bytea, role text, becomes_member boolean, until timestamptz)
returns boolean
language plpgsql
as $$
declare
  here constant bigint := (select c.system_identifier from pg_control_system() c);
  member_oid oid;
  member_name text;
  standing record;
begin
  if not exists (select from script_tracking.tenant t where t.tenant_hk = wanted) then
    raise exception 'There is no tenant %.', coalesce(wanted::text, 'null')
      using errcode = 'no_data_found', hint = 'create_tenant returns the hash key of what it makes.';
  end if;
  if until <= clock_timestamp() then
    raise exception 'A membership cannot end at %: that is over.', until using errcode = 'invalid_parameter_value';
  end if;
  -- Two decisions about one tenant are taken one after the other.
  perform pg_advisory_xact_lock(hashtextextended('script_tracking.tenant ' || encode(wanted, 'hex'), 0));

  select r.oid, r.rolname into member_oid, member_name from pg_roles r where r.rolname = decide_membership.role;
  if member_oid is null then
    raise exception 'There is no role %.', coalesce('"' || role || '"', 'null')
      using errcode = 'undefined_object',
            hint = case when becomes_member then 'Create it first.' else 'The memberships of a role end when it is dropped.' end;
  end if;
  select m.recorded_role_name, m.valid_until into standing
  from script_tracking.tenant_membership m
  where m.tenant_hk = wanted and m.role_oid = member_oid;
  if found = becomes_member
    and (not becomes_member or standing.recorded_role_name = member_name and standing.valid_until is not distinct from until
      and exists (
        select from script_tracking.tenant_decision s
        where s.tenant_hk = wanted and s.role_oid = member_oid and s.cluster_identifier = here
      ))
  then
    return false;
  end if;
  insert into script_tracking.tenant_decision (
    tenant_hk, state_ordinal, role_oid, role_name, cluster_identifier, is_member, valid_until, recorded_at, recorded_by)
  select wanted, coalesce(max(s.state_ordinal) + 1, 0), member_oid, member_name, here, becomes_member, until,
    clock_timestamp(), session_user
  from script_tracking.tenant_decision s
  where s.tenant_hk = wanted;
  -- Of no tenant: its members see what is recorded for it, and not who else is one.
  perform script_tracking.record_decision(
    format('%s(%s, %I)', case when becomes_member then 'add_tenant_member' else 'remove_tenant_member' end, encode(wanted, 'hex'), member_name),
    'TENANT_MEMBERSHIP',
    jsonb_strip_nulls(jsonb_build_object(
      'tenant_hk', encode(wanted, 'hex'), 'role', member_name, 'role_oid', member_oid::bigint,
      'is_member', becomes_member, 'valid_until', until)));
  return true;
end
$$;

comment on function script_tracking.decide_membership(bytea, text, boolean, timestamptz) is 'Records that a role is, or is no longer, a member of a tenant, in the trail too; false where that is so already';

create or replace function script_tracking.add_tenant_member(tenant_hk bytea, role text, valid_until timestamptz default null)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return script_tracking.decide_membership(tenant_hk, role, true, valid_until);
end
$$;

comment on function script_tracking.add_tenant_member(bytea, text, timestamptz) is 'Lets a role, and those who have its rights, see a tenant and record for it, until then or until it is removed; false where that is so already. Again after a rename, it notes the new name. For steward_admin';

create or replace function script_tracking.remove_tenant_member(tenant_hk bytea, role text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return script_tracking.decide_membership(tenant_hk, role, false, null);
end
$$;

comment on function script_tracking.remove_tenant_member(bytea, text) is 'From now on the role no longer sees the tenant; false where it was no member. What it did itself it still sees. For steward_admin';

create or replace view script_tracking.tenant_h with (security_barrier) as
select t.tenant_hk, t.tenant_bk, t.name, t.load_date, t.record_source, t.created_by
from script_tracking.tenant t
where (select script_tracking.may_read_all())
  or t.tenant_hk = any (array(select v.tenant_hk from script_tracking.visible_tenant v))
-- No condition of a query may get below this, to where other tenants are.
offset 0;

comment on view script_tracking.tenant_h is 'The hub of tenants: those that the current role is a member of; all, for steward_admin and steward_auditor';
comment on column script_tracking.tenant_h.tenant_hk is 'The tenant''s hash key: SHA-256 of its business key in UTF-8';
comment on column script_tracking.tenant_h.tenant_bk is 'The tenant''s business key, such as its number in another system';
comment on column script_tracking.tenant_h.name is 'What people call the tenant';
comment on column script_tracking.tenant_h.load_date is 'When the tenant was recorded here';
comment on column script_tracking.tenant_h.record_source is 'Where it was recorded: SQL_CALL';
comment on column script_tracking.tenant_h.created_by is 'Who recorded it, as logged in';

create or replace view script_tracking.tenant_member with (security_barrier) as
select d.tenant_hk, d.state_ordinal, d.role_name, d.is_member, d.valid_until, d.recorded_at, d.recorded_by
from script_tracking.tenant_decision d
where (select script_tracking.may_read_all())
  or pg_catalog.pg_has_role(current_user, case
    when d.cluster_identifier = (select c.system_identifier from pg_catalog.pg_control_system() c) then d.role_oid
    else (select named.oid from pg_catalog.pg_roles named where named.rolname = d.role_name)
  end, 'usage')
offset 0;

comment on view script_tracking.tenant_member is 'What was decided about who may see which tenant: about the current role and those whose rights it has; all, for steward_admin and steward_auditor. The newest of a tenant and a role counts; who is a member now is in tenant_membership';
comment on column script_tracking.tenant_member.tenant_hk is 'The tenant';
comment on column script_tracking.tenant_member.state_ordinal is 'Counts the decisions about a tenant from 0';
comment on column script_tracking.tenant_member.role_name is 'The role, as it was called then';
comment on column script_tracking.tenant_member.is_member is 'True from here on it may see the tenant, false from here on it may not';
comment on column script_tracking.tenant_member.valid_until is 'When the membership ends by itself; null for never';
comment on column script_tracking.tenant_member.recorded_at is 'When this was decided';
comment on column script_tracking.tenant_member.recorded_by is 'Who decided it, as logged in';

do $$
declare
  owner constant oid := (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'script_tracking');
begin
  if not exists (select from pg_catalog.pg_policy p where p.polrelid = 'script_tracking.tenant'::pg_catalog.regclass) then
    create policy own_tenants on script_tracking.tenant for select using (
      (select script_tracking.may_read_all())
      or tenant_hk = any (array(select v.tenant_hk from script_tracking.visible_tenant v)));
    comment on policy own_tenants on script_tracking.tenant is 'A role sees the tenants that it is a member of; steward_admin and steward_auditor see all';
    -- Nobody is granted insert; this is what lets create_tenant pass where the policy is forced.
    create policy recording on script_tracking.tenant for insert with check (true);
    comment on policy recording on script_tracking.tenant is 'Lets create_tenant record';
  end if;

  -- Forced for the owner too, where the owner is a role that nobody but a superuser can be: pg_dump by
  -- anybody else who owns the table would stop at policies that it must obey. Not so tenant_decision, which
  -- every view asks: the views would fail in a session with row_security = off, a superuser's included.
  -- It has no policy, so that nobody but the owner sees anything in it.
  if exists (
    select from pg_catalog.pg_roles r where r.oid = owner and (r.rolcanlogin or r.rolsuper)
  ) or exists (
    select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.member
    where m.roleid = owner and not r.rolsuper
  ) then
    alter table script_tracking.tenant no force row level security;
  else
    alter table script_tracking.tenant force row level security;
  end if;
end
$$;
