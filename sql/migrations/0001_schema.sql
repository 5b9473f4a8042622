--! as installer
-- The schema, and the roles around it. Roles belong to the whole cluster: another database may have
-- made them already, or may be making them at this very moment.

do $$
declare
  wanted record;
  is_superuser boolean;
  may_make_roles boolean;
begin
  select r.rolsuper, r.rolsuper or r.rolcreaterole into is_superuser, may_make_roles
  from pg_catalog.pg_roles r
  where r.rolname = current_user;

  for wanted in
    select *
    from (
      values
        ('steward_owner', 'pgSteward: owns the tracking framework; nobody logs in as it'),
        ('steward_admin', 'pgSteward: sees and completes the operations of everybody'),
        ('steward_editor', 'pgSteward: may work on what the framework governs'),
        ('steward_analyst', 'pgSteward: may read what the framework governs'),
        ('steward_auditor', 'pgSteward: sees the operations of everybody, changes nothing')
    ) as roles (name, description)
  loop
    if exists (
      select from pg_catalog.pg_roles r
      where r.rolname = wanted.name and wanted.name = 'steward_owner' and (r.rolcanlogin or r.rolsuper)
    ) then
      raise exception 'The role steward_owner exists here and may log in or is a superuser, so it cannot own the trail.'
        using errcode = 'object_not_in_prerequisite_state',
              hint = 'alter role steward_owner nologin nosuperuser, or rename it, then install again.';
    end if;

    if may_make_roles and not exists (select from pg_catalog.pg_roles r where r.rolname = wanted.name) then
      begin
        execute pg_catalog.format('create role %I nologin', wanted.name);
        execute pg_catalog.format('comment on role %I is %L', wanted.name, wanted.description);
      exception
        -- The installation in another database was faster; the role is there, which is all that matters.
        when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;

  -- Whoever makes a role may join it, and has to, in order to make things that it owns.
  if may_make_roles and not is_superuser then
    begin
      execute pg_catalog.format('grant steward_owner to %I', current_user);
    exception
      -- Made by somebody who did not give it to this role: the installing role owns the trail, then.
      when insufficient_privilege then null;
    end;
  end if;

  -- From 16 on, being a member does not yet mean that one may take the role on.
  if exists (
    select from pg_catalog.pg_roles r
    where r.rolname = 'steward_owner'
      and pg_catalog.pg_has_role(
        r.oid, case when pg_catalog.current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end)
  ) then
    create schema script_tracking authorization steward_owner;
  else
    create schema script_tracking;
  end if;
end
$$;

comment on schema script_tracking is 'pgSteward: what happened in this database, insert-only';
