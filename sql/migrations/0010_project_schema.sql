--! as installer
-- What is governed has a schema of its own. One of that name may be there already, with tables of the
-- user's: then it stays the user's, and what follows is made beside them.

do $$
declare
  framework_owner constant name := (
    select pg_catalog.pg_get_userbyid(n.nspowner) from pg_catalog.pg_namespace n where n.nspname = 'script_tracking');
  standing pg_catalog.pg_namespace;
  maker text;
begin
  select n.* into standing from pg_catalog.pg_namespace n where n.nspname = 'project_schema';
  if standing.oid is null then
    execute pg_catalog.format('create schema project_schema authorization %I', framework_owner);
    comment on schema project_schema is 'pgSteward: what is governed in this database, and by whom';
  elsif not pg_catalog.pg_has_role(current_user, standing.nspowner, 'usage') then
    raise exception 'The schema project_schema here belongs to %, so % cannot make room in it.',
      pg_catalog.pg_get_userbyid(standing.nspowner), current_user
      using errcode = 'insufficient_privilege', hint = 'Let its owner install, or a superuser.';
  else
    -- Our functions there run with the owner's rights: who may make others of the same name beside them would have those too.
    select case m.role when 0 then 'everybody' else pg_catalog.format('the role %I', r.rolname) end into maker
    from (
      select standing.nspowner as role
      union all
      select a.grantee from pg_catalog.aclexplode(standing.nspacl) a where a.privilege_type = 'CREATE'
    ) m
    left join pg_catalog.pg_roles r on r.oid = m.role
    where m.role = 0 or not r.rolsuper and r.rolname <> current_user and r.rolname <> framework_owner
    limit 1;
    if maker is not null then
      raise exception 'In the schema project_schema here % may make objects, and could gain the framework''s rights by them.', maker
        using errcode = 'object_not_in_prerequisite_state',
              hint = 'Give the schema to a superuser or to the installing role, revoke create on it from others, then install again.';
    end if;
    -- The mark of a schema that was there before is that its comment is not ours.
    execute pg_catalog.format('grant usage, create on schema project_schema to %I', framework_owner);
  end if;
end
$$;
