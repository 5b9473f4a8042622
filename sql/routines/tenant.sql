-- Tenants and their members: who may see which, and the calls by which steward_admin decides it.

create or replace function script_tracking.require_tenant(wanted bytea)
returns void
language plpgsql stable
as $$
begin
  if wanted is null or exists (
    select from script_tracking.tenant_h t
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
  insert into script_tracking.tenant_h (tenant_hk, tenant_bk, name, load_date, record_source, created_by)
  values (hk, bk, coalesce(nullif(btrim(create_tenant.name), ''), bk), clock_timestamp(), 'SQL_CALL', session_user)
  on conflict do nothing;
  if not found then
    raise exception 'The tenant "%" exists already.', bk
      using errcode = 'unique_violation', hint = 'Its hash key is calculate_hash_key of its business key.';
  end if;
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
  if not exists (select from script_tracking.tenant_h t where t.tenant_hk = wanted) then
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
        select from script_tracking.tenant_member s
        where s.tenant_hk = wanted and s.role_oid = member_oid and s.cluster_identifier = here
      ))
  then
    return false;
  end if;
  insert into script_tracking.tenant_member (
    tenant_hk, state_ordinal, role_oid, role_name, cluster_identifier, is_member, valid_until, recorded_at, recorded_by)
  select wanted, coalesce(max(s.state_ordinal) + 1, 0), member_oid, member_name, here, becomes_member, until,
    clock_timestamp(), session_user
  from script_tracking.tenant_member s
  where s.tenant_hk = wanted;
  return true;
end
$$;

comment on function script_tracking.decide_membership(bytea, text, boolean, timestamptz) is 'Records that a role is, or is no longer, a member of a tenant; false where that is so already';

create or replace function script_tracking.add_tenant_member(tenant_hk bytea, role text, valid_until timestamptz default null)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
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
as $$
begin
  return script_tracking.decide_membership(tenant_hk, role, false, null);
end
$$;

comment on function script_tracking.remove_tenant_member(bytea, text) is 'From now on the role no longer sees the tenant; false where it was no member. What it did itself it still sees. For steward_admin';

do $$
declare
  owner constant oid := (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'script_tracking');
  relation text;
begin
  if not exists (select from pg_catalog.pg_policy p where p.polrelid = 'script_tracking.tenant_h'::pg_catalog.regclass) then
    create policy own_tenants on script_tracking.tenant_h for select using (
      (select script_tracking.may_read_all())
      or tenant_hk = any (array(select t.tenant_hk from script_tracking.visible_tenant t)));
    comment on policy own_tenants on script_tracking.tenant_h is 'A role sees the tenants that it is a member of; steward_admin and steward_auditor see all';
    -- Nobody is granted insert; this is what lets the owner's own functions pass where the policies are forced.
    create policy recording on script_tracking.tenant_h for insert with check (true);
    comment on policy recording on script_tracking.tenant_h is 'Lets create_tenant record';
  end if;

  if not exists (select from pg_catalog.pg_policy p where p.polrelid = 'script_tracking.tenant_member'::pg_catalog.regclass) then
    -- Written out, not by the views above: they read this very table.
    create policy own_memberships on script_tracking.tenant_member for select using (
      (select script_tracking.may_read_all())
      or pg_catalog.pg_has_role(current_user, case
        when cluster_identifier = (select c.system_identifier from pg_catalog.pg_control_system() c) then role_oid
        else (select named.oid from pg_catalog.pg_roles named where named.rolname = role_name)
      end, 'usage'));
    comment on policy own_memberships on script_tracking.tenant_member is 'A role sees what was decided about itself; steward_admin and steward_auditor see all';
    create policy recording on script_tracking.tenant_member for insert with check (true);
    comment on policy recording on script_tracking.tenant_member is 'Lets add_tenant_member and remove_tenant_member record';
  end if;

  -- Forced for the owner too, where the owner is a role that nobody but a superuser can be: pg_dump by
  -- anybody else who owns the tables would stop at a table whose policies it must obey.
  foreach relation in array array['script_tracking.tenant_h', 'script_tracking.tenant_member'] loop
    if exists (select from pg_catalog.pg_roles r where r.oid = owner and (r.rolcanlogin or r.rolsuper)) or exists (
      select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.member
      where m.roleid = owner and not r.rolsuper
    ) then
      execute 'alter table ' || relation || ' no force row level security';
    else
      execute 'alter table ' || relation || ' force row level security';
    end if;
  end loop;
end
$$;
