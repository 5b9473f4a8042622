-- Wrappers: SCHEMA.NAME_tracking is called like SCHEMA.NAME, answers and fails like it, and records each call.
-- What runs here to make and drop them has the rights of whoever asks: nobody makes or drops what they could
-- not make or drop by hand.

create or replace function script_tracking.is_wrapper(routine oid)
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_proc p
    where p.oid = routine and strpos(p.prosrc, 'script_tracking.begin_call(') > 0
      and p.proname like '%\_tracking' and p.pronamespace::regnamespace::text <> 'script_tracking'
  )
$$;

comment on function script_tracking.is_wrapper(oid) is 'Whether a routine is a wrapper: its name ends in _tracking, and it begins by recording a call';

create or replace function script_tracking.wrapper_of(original regprocedure)
returns regprocedure
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select w.oid::regprocedure
  from pg_proc o
  join pg_proc w on w.pronamespace = o.pronamespace
    and w.proname = (o.proname || '_tracking')::name and w.proargtypes = o.proargtypes
  where o.oid = original and octet_length(o.proname) <= 54 and script_tracking.is_wrapper(w.oid)
$$;

comment on function script_tracking.wrapper_of(regprocedure) is 'The wrapper of a routine; null where it has none';

create or replace view script_tracking.tracking_wrapper with (security_barrier) as
select
  w.oid::regprocedure as wrapper,
  o.oid::regprocedure as original,
  m.original as original_name,
  m.made_at,
  m.made_by,
  o.oid is null
    or pg_get_function_arguments(o.oid) is distinct from pg_get_function_arguments(w.oid)
    or pg_get_function_result(o.oid) is distinct from pg_get_function_result(w.oid)
    or o.prokind <> w.prokind or o.provolatile <> w.provolatile or o.proisstrict <> w.proisstrict as stale
from pg_proc w
left join lateral (
  select n.*
  from script_tracking.made_wrapper n
  where n.wrapper_oid = w.oid or n.wrapper = w.oid::regprocedure::text
  order by n.made_at desc
  limit 1
) m on true
left join pg_proc o
  on o.pronamespace = w.pronamespace and o.proname || '_tracking' = w.proname and o.proargtypes = w.proargtypes
where strpos(w.prosrc, 'script_tracking.begin_call(') > 0
  and w.proname like '%\_tracking'
  and w.pronamespace <> (select n.oid from pg_namespace n where n.nspname = 'script_tracking');

comment on view script_tracking.tracking_wrapper is 'The wrappers that stand, with what they wrap';
comment on column script_tracking.tracking_wrapper.wrapper is 'The wrapper';
comment on column script_tracking.tracking_wrapper.original is 'What it wraps; null where that is gone or was renamed';
comment on column script_tracking.tracking_wrapper.original_name is 'What it wraps, as it was called when the wrapper was made; null where nobody noted it';
comment on column script_tracking.tracking_wrapper.made_at is 'When it was made, or made anew';
comment on column script_tracking.tracking_wrapper.made_by is 'Who was logged in then';
comment on column script_tracking.tracking_wrapper.stale is 'What it wraps has other arguments, results or properties by now, or is gone: create_tracking_wrapper makes it anew';

create or replace function script_tracking.note_wrapper(wrapper regprocedure, original regprocedure)
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from pg_proc p
    where p.oid = wrapper and script_tracking.is_wrapper(p.oid)
      and pg_has_role(script_tracking.session_role(), p.proowner, 'member')
  ) then
    raise exception '% is no wrapper of yours.', wrapper using errcode = 'insufficient_privilege';
  end if;
  insert into script_tracking.made_wrapper (made_at, made_by, wrapper_oid, wrapper, original_oid, original)
  values (clock_timestamp(), session_user, wrapper, wrapper::text, original, original::text);
end
$$;

comment on function script_tracking.note_wrapper(regprocedure, regprocedure) is 'Notes that a wrapper was made; for create_tracking_wrapper';

create or replace function script_tracking.refuse_unwrappable(original regprocedure)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  routine record;
  reason text;
begin
  if original is null then
    raise exception 'Which function? The argument is null.' using errcode = 'null_value_not_allowed';
  end if;
  select p.*, n.nspname, l.lanname into routine
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where p.oid = original;
  if not found then
    raise exception 'There is no function with the OID %.', original::oid using errcode = 'undefined_function';
  end if;

  reason := case
    when routine.prokind = 'a' then 'it is an aggregate'
    when routine.prokind = 'w' then 'it is a window function'
    when routine.prorettype in (
      'trigger'::regtype, 'event_trigger'::regtype, 'language_handler'::regtype, 'fdw_handler'::regtype,
      'index_am_handler'::regtype, 'tsm_handler'::regtype, 'internal'::regtype, 'cstring'::regtype)
      or routine.prorettype = to_regtype('table_am_handler')
      then format('it returns %s, so that PostgreSQL alone calls it', format_type(routine.prorettype, null))
    when routine.proargtypes::oid[] && array['internal'::regtype, 'cstring'::regtype, '"any"'::regtype]::oid[]
      then 'it takes an argument that PL/pgSQL cannot pass on'
    when routine.nspname in ('pg_catalog', 'information_schema', 'script_tracking') or routine.nspname like 'pg\_temp\_%'
      then format('the schema %s is not yours to add to', quote_ident(routine.nspname))
    when routine.prorettype = 'record'::regtype and routine.prokind = 'f' and routine.proargmodes is null
      and (routine.proretset or routine.lanname not in ('sql', 'plpgsql'))
      then 'it returns records whose columns its caller alone knows'
    when script_tracking.is_wrapper(original) then 'it is a wrapper itself'
  end;
  if reason is not null then
    raise exception '% cannot be wrapped: %.', original, reason using errcode = 'wrong_object_type';
  end if;
  if octet_length(routine.proname) > 54 then
    raise exception '% cannot be wrapped: with _tracking its name would be % bytes long.', original, octet_length(routine.proname) + 9
      using errcode = 'name_too_long', hint = 'PostgreSQL keeps 63 bytes of a name. A function with a shorter name that calls it can be wrapped.';
  end if;
  if exists (
    select from pg_proc taken
    where taken.pronamespace = routine.pronamespace and taken.proname = (routine.proname || '_tracking')::name
      and taken.proargtypes = routine.proargtypes and not script_tracking.is_wrapper(taken.oid)
  ) then
    raise exception '% cannot be wrapped: there is a function %.% with these arguments already.',
      original, quote_ident(routine.nspname), quote_ident(routine.proname || '_tracking')
      using errcode = 'duplicate_function', hint = 'It was not made by create_tracking_wrapper, so it stays. Rename it first.';
  end if;
end
$$;

comment on function script_tracking.refuse_unwrappable(regprocedure) is 'Says in words why a routine cannot be wrapped, where it cannot';

create or replace function script_tracking.wrapper_body(original regprocedure)
returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  routine record;
  -- An argument is named by its position: whatever it is called, it is not taken for anything else.
  place integer;
  mode "char";
  passed text[] := '{}';
  outcomes text[] := '{}';
  call text;
  doing text;
  began constant text := format('script_tracking.begin_call(%L)', original::text);
begin
  select p.*, n.nspname, l.lanname, p.prokind = 'f' and p.prorettype = 'void'::regtype as is_void
  into routine
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where p.oid = original;

  for place in 1 .. coalesce(cardinality(routine.proallargtypes), routine.pronargs) loop
    mode := coalesce(routine.proargmodes[place], 'i');
    if mode in ('i', 'b', 'v') or mode = 'o' and routine.prokind = 'p' then
      passed := passed || (case mode when 'v' then 'variadic $' else '$' end || place);
    end if;
    if mode in ('o', 'b') then
      outcomes := outcomes || ('$' || place);
    end if;
  end loop;
  call := format('%I.%I(%s)', routine.nspname, routine.proname, array_to_string(passed, ', '));

  if routine.is_void and routine.lanname = 'sql' then
    -- Such a function answers null, which PL/pgSQL cannot. One subquery in another keeps the order: begin, call, end.
    return format(
      E'select script_tracking.end_call(called.started, %L, case when called.answer is null then null::pg_catalog.int8 end)\n'
      'from (\n'
      '  select begun.started, %s as answer\n'
      '  from (select %s as started offset 0) begun\n'
      '  offset 0\n'
      ') called;\n', original::text, call, began);
  end if;

  doing := case
    when routine.prokind = 'p' then format(E'  call %s;\n', call)
    when routine.proretset then format(
      E'  return query select * from %s;\n  get diagnostics script_tracking_rows = row_count;\n', call)
    when routine.is_void then format(E'  perform %s;\n', call)
    when cardinality(outcomes) = 1 then format(E'  %s := %s;\n', outcomes[1], call)
    when cardinality(outcomes) > 1 then format(E'  select * into %s from %s;\n', array_to_string(outcomes, ', '), call)
    else format(E'  select %s as answer into script_tracking_result;\n', call)
  end;
  return E'#variable_conflict use_column\ndeclare\n  script_tracking_call pg_catalog.bytea;\n'
    || case when routine.proretset then E'  script_tracking_rows pg_catalog.int8;\n' else '' end
    || case when strpos(doing, 'script_tracking_result') > 0 then E'  script_tracking_result pg_catalog.record;\n' else '' end
    || E'begin\n'
    || format(E'  script_tracking_call := %s;\n', began)
    || doing
    || format(E'  perform script_tracking.end_call(script_tracking_call, %L, %s);\n',
         original::text, case when routine.proretset then 'script_tracking_rows' else 'null' end)
    || case when strpos(doing, 'script_tracking_result') > 0 then E'  return script_tracking_result.answer;\n' else '' end
    || E'end\n';
end
$$;

comment on function script_tracking.wrapper_body(regprocedure) is 'The body of a routine''s wrapper. It catches nothing, so that the original''s errors pass as they are and its commits are commits';

create or replace function script_tracking.wrapper_definition(original regprocedure)
returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select format(
    'create or replace %s %I.%I(%s)%s%s as %L',
    case p.prokind when 'p' then 'procedure' else 'function' end,
    n.nspname, p.proname || '_tracking', pg_get_function_arguments(p.oid),
    case when p.prokind = 'f' then ' returns ' || pg_get_function_result(p.oid) else '' end,
    -- What records cannot run in a parallel worker; all else is as in the original.
    case when p.prokind = 'f' then concat_ws(' ',
      ' language', case when p.prorettype = 'void'::regtype and l.lanname = 'sql' then 'sql' else 'plpgsql' end,
      case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
      case when p.proisstrict then 'strict' end,
      'parallel unsafe cost', p.procost,
      case when p.proretset then 'rows ' || p.prorows end)
    else ' language plpgsql' end,
    script_tracking.wrapper_body(original))
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where p.oid = original
$$;

comment on function script_tracking.wrapper_definition(regprocedure) is 'The statement that makes the wrapper of a routine';

create or replace function script_tracking.copy_execute_rights(original regprocedure, wrapper regprocedure)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  granted record;
begin
  for granted in
    select distinct case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
    from pg_proc p
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.oid = wrapper
  loop
    execute format('revoke all on routine %s from %s cascade', wrapper, granted.grantee);
  end loop;
  for granted in
    select a.grantee = 0 as is_public, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee,
      bool_or(a.is_grantable) as grantable
    from pg_proc p
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.oid = original and a.privilege_type = 'EXECUTE'
    group by a.grantee
  loop
    execute format('grant execute on routine %s to %s%s', wrapper, granted.grantee,
      case when granted.grantable and not granted.is_public then ' with grant option' else '' end);
  end loop;
end
$$;

comment on function script_tracking.copy_execute_rights(regprocedure, regprocedure) is 'Lets exactly those call a wrapper who may call the original';

create or replace function script_tracking.create_tracking_wrapper(original regprocedure)
returns regprocedure
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  definition text;
  wrapper regprocedure;
  owner_name name;
begin
  perform script_tracking.refuse_unwrappable(original);
  definition := script_tracking.wrapper_definition(original);
  begin
    execute definition;
  exception
    -- A wrapper that stands returns something else, or had defaults that the original has no more.
    when invalid_function_definition or wrong_object_type then
      wrapper := script_tracking.wrapper_of(original);
      if wrapper is null then
        raise;
      end if;
      execute format('drop routine %s', wrapper);
      execute definition;
  end;
  wrapper := script_tracking.wrapper_of(original);
  execute format('comment on routine %s is %L', wrapper, 'pgSteward: calls ' || original::text || ' and records the call');

  select pg_get_userbyid(p.proowner) into owner_name from pg_proc p where p.oid = original;
  begin
    execute format('alter routine %s owner to %I', wrapper, owner_name);
  exception when insufficient_privilege then
    raise notice 'The wrapper % belongs to %, not to %, whose function it calls: %', wrapper, current_user, owner_name, sqlerrm;
  end;
  perform script_tracking.copy_execute_rights(original, wrapper);
  perform script_tracking.note_wrapper(wrapper, original);
  return wrapper;
end
$$;

comment on function script_tracking.create_tracking_wrapper(regprocedure) is 'Makes SCHEMA.NAME_tracking, or makes it anew: a routine with the same arguments, defaults, results, errors, owner and rights as the one that is named, which records each call as a FUNCTION_CALL. The caller needs the right to make functions in that schema. The original is not touched';

create or replace function script_tracking.drop_tracking_wrapper(original regprocedure)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  wrapper constant regprocedure := case when script_tracking.is_wrapper(original) then original else script_tracking.wrapper_of(original) end;
begin
  if original is null then
    raise exception 'Which function? The argument is null.' using errcode = 'null_value_not_allowed';
  end if;
  if wrapper is null then
    return false;
  end if;
  execute format('drop routine %s', wrapper);
  return true;
end
$$;

comment on function script_tracking.drop_tracking_wrapper(regprocedure) is 'Drops the wrapper of a routine; the wrapper itself may be named too. False where there is none';
