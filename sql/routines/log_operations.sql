-- From messages to operations: a statement, its duration and its error are three messages of one operation. They
-- are brought together by session, never by standing next to one another.

create or replace function script_tracking.log_operations(log_content text, prefix text, log_zone text)
returns table (
  line bigint, stamp text, began timestamptz, session text, line_number text, pid text, user_name text, database_name text,
  application text, client text, status "char", statement text, prepared text, duration_ms numeric, parse_ms numeric,
  bind_ms numeric, sqlstate text, error text, detail text, hint text, problem text)
language plpgsql stable
as $$
declare
  logged record;
  open_session text;
  is_open boolean := false;
  part text[];
  pending_text text;
  pending_parse numeric;
  pending_bind numeric;
  has_durations boolean := false;
  instant timestamptz;
begin
  for logged in
    select m.* from script_tracking.log_messages(log_content, prefix) m order by m.problem is not null, m.session, m.line
  loop
    if is_open and (logged.problem is not null or logged.session is distinct from open_session) then
      -- Nothing follows in its session: whether it ended is not known.
      status := 'S';
      return next;
      is_open := false;
    end if;
    if logged.session is distinct from open_session then
      pending_text := null;
      has_durations := false;
      open_session := logged.session;
    end if;
    instant := script_tracking.log_instant(logged.stamp, log_zone);
    if logged.problem is null and instant is null then
      logged.problem := format('has the time %s, whose zone is not known here (log_timezone is %s)', logged.stamp, log_zone);
    end if;
    -- A damaged line is refused alone, whatever it says.
    if logged.problem is null and logged.message ~ '^duration: (?:\d{13}|\d+[.,]\d{10})' then
      logged.problem := 'has a duration that no operation has';
    end if;
    if logged.problem is not null then
      line := logged.line;
      problem := logged.problem;
      return next;
      problem := null;
      continue;
    end if;

    -- What a user's function says in the server's words is no operation: the server says them as LOG, and from nowhere.
    continue when logged.severity not in ('ERROR', 'FATAL', 'PANIC')
      and (logged.severity <> 'LOG' or logged.context is not null or logged.query is not null);

    part := regexp_match(logged.message, '^duration: (\d+(?:[.,]\d+)?) ms(?:  (?:(statement|parse|bind|execute|fastpath function call) ?([^:]*): (.*))?)?$');
    if part is not null and (part[2] is null or part[2] in ('parse', 'bind')) then
      has_durations := true;
    end if;
    if part is not null and part[2] in ('parse', 'bind') then
      -- Phases of the operation that executes it.
      if pending_text is distinct from part[4] then
        pending_parse := null;
        pending_bind := null;
      end if;
      pending_text := part[4];
      if part[2] = 'parse' then
        pending_parse := replace(part[1], ',', '.')::numeric;
      else
        pending_bind := replace(part[1], ',', '.')::numeric;
      end if;
      continue;
    end if;
    if part is not null and part[2] is null then
      if is_open then
        duration_ms := replace(part[1], ',', '.')::numeric;
        status := 'C';
        return next;
        is_open := false;
      end if;
      continue;
    end if;
    if logged.severity in ('ERROR', 'FATAL', 'PANIC') and is_open
      -- Without its statement an error ends what runs; a session that is told to go may have been idle.
      and (logged.query = statement
        or (logged.query is null and (logged.severity = 'ERROR' or (logged.severity = 'PANIC' and has_durations))))
    then
      status := 'F';
      sqlstate := logged.sqlstate;
      error := logged.message;
      -- Of an EXECUTE, what was prepared stands there already.
      detail := nullif(concat_ws(E'\n', logged.detail, detail), '');
      hint := logged.hint;
      return next;
      is_open := false;
      continue;
    end if;
    if part is null then
      part := regexp_match(logged.message, '^()(statement|execute|fastpath function call) ?([^:]*): (.*)$');
    end if;
    if part is null and logged.severity not in ('ERROR', 'FATAL', 'PANIC')
      and (not is_open or logged.message !~ '^(?:disconnection: |connection received: host=)')
    then
      continue;
    end if;

    if is_open then
      -- Its session went on, and no error was logged.
      status := 'C';
      return next;
      is_open := false;
    end if;
    continue when part is null and logged.severity not in ('ERROR', 'FATAL', 'PANIC');
    line := logged.line;
    stamp := logged.stamp;
    session := logged.session;
    line_number := logged.line_number;
    pid := logged.pid;
    user_name := logged.user_name;
    database_name := logged.database_name;
    application := logged.application;
    client := logged.client;
    began := instant;
    prepared := null;
    duration_ms := null;
    parse_ms := null;
    bind_ms := null;
    sqlstate := null;
    error := null;
    detail := null;
    hint := null;
    if part is null then
      status := 'F';
      statement := logged.query;
      sqlstate := logged.sqlstate;
      error := logged.message;
      detail := logged.detail;
      hint := logged.hint;
      return next;
      continue;
    end if;
    detail := case when logged.detail ~* '^[^:\n]+: ?prepare\s' then logged.detail end;
    statement := case when part[2] = 'fastpath function call' then part[2] || ': ' else '' end || part[4];
    if part[2] = 'execute' then
      prepared := nullif(btrim(part[3]), '<unnamed>');
      if pending_text = part[4] then
        parse_ms := pending_parse;
        bind_ms := pending_bind;
        pending_text := null;
      end if;
    end if;
    if part[1] <> '' then
      duration_ms := replace(part[1], ',', '.')::numeric;
      began := began - make_interval(secs => duration_ms::double precision / 1000);
      status := 'C';
      return next;
    else
      is_open := true;
    end if;
  end loop;
  if is_open then
    status := 'S';
    return next;
  end if;
end
$$;

comment on function script_tracking.log_operations(text, text, text) is 'The operations of a log: each statement with its duration and phases or its error, each error without a statement; and the lines that are refused, with the problem. Messages that are neither are left out';
