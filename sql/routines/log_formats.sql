-- Reading server logs: from text to records, one for each message. For small texts, pasted in SQL; what is not
-- understood is refused with its line and reason, never guessed.

create or replace function script_tracking.csv_fields(record text)
returns text[]
language sql immutable
as $$
  with pieces as (
    -- Inside of quotes and outside by turns; nothing between two quotes is a quote itself.
    select p.piece, p.place, p.place % 2 = 0 as inside, p.place = 1 or p.place = count(*) over () as at_end,
      case when p.place % 2 = 1 then length(p.piece) - length(replace(p.piece, ',', '')) else 0 end as commas
    from unnest(string_to_array(record, '"')) with ordinality p (piece, place)
  ),
  numbered as (
    select p.*, sum(p.commas) over (order by p.place) - p.commas as field from pieces p
  ),
  parts as (
    select n.field, n.place, 0 as part, n.piece as content from numbered n where n.inside
    union all
    select n.field, n.place, 0, '"' from numbered n where not n.inside and n.piece = '' and not n.at_end
    union all
    select n.field + o.part - 1, n.place, o.part, nullif(o.content, '')
    from numbered n
    cross join lateral unnest(string_to_array(n.piece, ',')) with ordinality o (content, part)
    where not n.inside and n.piece <> ''
  )
  select array_agg(f.content order by f.field)
  from (select p.field, string_agg(p.content, '' order by p.place, p.part) as content from parts p group by p.field) f
$$;

comment on function script_tracking.csv_fields(text) is 'The fields of one record of csvlog; null for one that is empty and not quoted';

create or replace function script_tracking.csv_records(lines text[])
returns table (line bigint, fields text[])
language plpgsql immutable
as $$
declare
  beginning constant text := '^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [^,"]+,';
  first integer := 1;
  last integer;
  next_beginning integer;
  quotes integer;
begin
  while first <= cardinality(lines) loop
    if lines[first] ~ '^\s*$' then
      first := first + 1;
      continue;
    end if;
    -- A record ends with the line at which its quotes are even.
    last := first;
    next_beginning := null;
    quotes := length(lines[first]) - length(replace(lines[first], '"', ''));
    while quotes % 2 = 1 and last < cardinality(lines) loop
      last := last + 1;
      quotes := quotes + length(lines[last]) - length(replace(lines[last], '"', ''));
      if next_beginning is null and lines[last] ~ beginning then
        next_beginning := last;
      end if;
    end loop;
    line := first;
    if first = last then
      fields := script_tracking.csv_fields(lines[first]);
    else
      select script_tracking.csv_fields(string_agg(lines[l], E'\n' order by l)) into fields from generate_series(first, last) l;
    end if;
    if cardinality(fields) between 23 and 26 and lines[first] ~ beginning and fields[4] ~ '^\d+$' then
      first := last + 1;
    else
      -- Damaged: it is refused alone, and reading goes on where the next one may begin.
      fields := null;
      first := coalesce(next_beginning, first + 1);
      while next_beginning is null and first <= cardinality(lines) and lines[first] !~ beginning loop
        first := first + 1;
      end loop;
    end if;
    return next;
  end loop;
end
$$;

comment on function script_tracking.csv_records(text[]) is 'The records of csvlog with their first lines; no fields where a record is damaged';

create or replace function script_tracking.prefix_pattern(prefix text, out pattern text, out names text[], out steps text[], out step_names text[])
language plpgsql immutable
as $$
declare
  time constant text := '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Za-z<+-][A-Za-z0-9<>+:-]*';
  severity constant text := '(?:DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE)';
  rest text := prefix;
  part text[];
  shape text;
  conditional boolean := false;
begin
  pattern := '';
  names := '{}';
  steps := '{}';
  step_names := '{}';
  while rest <> '' loop
    part := regexp_match(rest, '^(?:%(-?\d*)([a-zA-Z%])|%|[^%]+)');
    if part[2] is null then
      shape := regexp_replace(substring(rest from '^(?:%|[^%]+)'), '([][(){}.*+?^$|\\])', '\\\1', 'g');
      rest := substr(rest, length(substring(rest from '^(?:%|[^%]+)')) + 1);
      pattern := pattern || shape;
      steps := steps || ('^' || shape);
      step_names := step_names || ''::text;
      continue;
    end if;
    rest := substr(rest, 3 + length(part[1]));
    if part[2] = 'q' then
      conditional := true;
      pattern := pattern || '(?:';
      continue;
    elsif part[2] = '%' then
      pattern := pattern || '%';
      steps := steps || '^%'::text;
      step_names := step_names || ''::text;
      continue;
    end if;
    shape := case
      when part[2] in ('t', 'm', 's') then time
      when part[2] = 'n' then '\d+(?:\.\d+)?'
      when part[2] in ('p', 'l', 'x') then '\d+'
      when part[2] = 'P' then '\d*'
      when part[2] = 'Q' then '-?\d+'
      when part[2] = 'c' then '[0-9a-f]+\.[0-9a-f]+'
      when part[2] = 'e' then '[0-9A-Z]{5}'
      when part[2] = 'v' then '[0-9/]*'
      when part[2] in ('h', 'r') then '[^ ]*'
      when part[2] in ('a', 'u', 'd', 'i', 'b') then '.*'
    end;
    continue when shape is null;
    names := names || part[2];
    pattern := pattern || case when part[1] <> '' then ' *(' || shape || ') *' else '(' || shape || ')' end;
    -- A name ends at what stands behind it, as long as the name does not hold that.
    if shape = '.*' and rest ~ '^[ ,;:@/|=)]' then
      shape := '[^' || left(rest, 1) || ']*';
    end if;
    steps := steps || ('^' || case when part[1] <> '' then ' *' || shape || ' *' else shape end);
    step_names := step_names || part[2];
  end loop;
  pattern := pattern || case when conditional then ')?' else '' end || '(' || severity || '):  ';
  steps := steps || ('^' || severity) || '^:  '::text;
  step_names := step_names || 'severity'::text || ''::text;
end
$$;

comment on function script_tracking.prefix_pattern(text) is 'The regular expression of a log_line_prefix with the severity behind it and which escape each of its groups is; and the same step by step, which is some twenty times as fast and serves for nearly all lines';

create or replace function script_tracking.stderr_records(lines text[], prefix text)
returns table (line bigint, parts jsonb, severity text, message text)
language plpgsql stable
as $$
declare
  names text[];
  pattern text;
  steps text[];
  step_names text[];
  head text;
  rest text;
  token text;
  found_names text[];
  tokens text[];
  longest text[];
  shortest text[];
  -- Joined at the end: to append each line to a long text copies the text each time.
  continued text[];
begin
  select p.pattern, p.names, p.steps, p.step_names into pattern, names, steps, step_names from script_tracking.prefix_pattern(prefix) p;
  if not names && array['t', 'm', 'n'] or not names && array['p', 'c'] then
    raise exception 'Lines that begin with "%" tell no time or no session.', prefix
      using errcode = 'invalid_parameter_value',
            hint = 'log_line_prefix has to have %t, %m or %n, and %p or %c. If the text was written under another setting, give that one.';
  end if;
  for i in 1 .. coalesce(cardinality(lines), 0) loop
    if left(lines[i], 1) = E'\t' and line is not null then
      continued := array_append(continued, substr(lines[i], 2));
      continue;
    elsif lines[i] ~ '^\s*$' then
      continue;
    end if;
    if line is not null then
      message := array_to_string(continued, E'\n');
      return next;
    end if;
    line := i;
    parts := null;
    head := left(lines[i], 4096);

    rest := null;
    if head !~ '[A-Z]+[1-5]?:  .*[A-Z]+[1-5]?:  ' then
      rest := head;
      found_names := '{}';
      tokens := '{}';
      for k in 1 .. cardinality(steps) loop
        token := substring(rest from steps[k]);
        if step_names[k] <> '' then
          found_names := array_append(found_names, step_names[k]);
          tokens := array_append(tokens, btrim(token));
        end if;
        rest := substr(rest, length(token) + 1);
        exit when rest is null;
      end loop;
    end if;
    if rest is not null then
      parts := jsonb_object(found_names, tokens);
      severity := parts ->> 'severity';
      continued := array[substr(lines[i], length(head) - length(rest) + 1)];
      continue;
    end if;

    -- An application may call itself what it likes, "x LOG:  " included: a line that can be read in two ways is not.
    longest := regexp_match(head, '^(' || pattern || ')');
    shortest := regexp_match(head, '^(?:(' || pattern || ')){1,1}?');
    continued := array[lines[i]];
    if longest is null then
      severity := 'does not begin with the log_line_prefix';
    elsif length(longest[1]) <> length(shortest[1]) then
      severity := 'can be read in two ways';
    else
      parts := jsonb_object(names, longest[2:cardinality(names) + 1]);
      severity := longest[cardinality(names) + 2];
      continued := array[substr(lines[i], length(longest[1]) + 1)];
    end if;
  end loop;
  if line is not null then
    message := array_to_string(continued, E'\n');
    return next;
  end if;
end
$$;

comment on function script_tracking.stderr_records(text[], text) is 'The records of a stderr log: what their prefix says, severity, message with its continuation; no parts, and the reason as the severity, for a line that is not understood';

create or replace function script_tracking.log_instant(stamp text, log_zone text)
returns timestamptz
language plpgsql stable
set timezone = 'UTC'
as $$
declare
  part constant text[] := regexp_match(stamp, '^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)(?: (.+))?$');
  instant timestamptz;
begin
  if stamp ~ '^\d{9,11}(\.\d+)?$' then
    return to_timestamp(stamp::numeric);
  elsif part is null then
    return null;
  elsif part[2] in ('UTC', 'GMT', 'Z') then
    return part[1]::timestamp at time zone 'UTC';
  elsif part[2] ~ '^[+-]\d\d(:?\d\d)?$' then
    return (part[1] || part[2])::timestamptz;
  end if;
  -- An abbreviation means what it means in the server's own zone, or nothing: IST is used on three continents.
  perform set_config('TimeZone', log_zone, true);
  select c.instant into instant
  from (
    select (part[1]::timestamp at time zone log_zone) + make_interval(hours => h) as instant
    from generate_series(-1, 1) h
  ) c
  where c.instant at time zone log_zone = part[1]::timestamp and to_char(c.instant, 'TZ') = part[2]
  limit 1;
  perform set_config('TimeZone', 'UTC', true);
  return instant;
exception when data_exception then
  return null;
end
$$;

comment on function script_tracking.log_instant(text, text) is 'The instant of a log''s time; null where its zone is neither UTC, an offset, nor the abbreviation of that zone at that time';

create or replace function script_tracking.log_messages(log_content text, prefix text)
returns table (
  line bigint, stamp text, session text, line_number text, pid text, user_name text, database_name text, application text,
  client text, severity text, sqlstate text, message text, detail text, hint text, context text, query text, problem text)
language plpgsql stable
as $$
declare
  -- Without the mark of a file's byte order, and with the ends of lines that PostgreSQL writes.
  lines constant text[] := string_to_array(replace(
    case when script_tracking.utf8(left(log_content, 1)) = '\xefbbbf' then substr(log_content, 2) else log_content end,
    E'\r\n', E'\n'), E'\n');
  sample text;
begin
  select l.line into sample from unnest(lines) l (line) where l.line !~ '^\s*$' limit 1;
  if sample ~ '^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [^,"]+,("|,)' then
    return query
      select
        r.line, r.fields[1], r.fields[6], r.fields[7], r.fields[4], r.fields[2], r.fields[3], r.fields[23],
        regexp_replace(r.fields[5], ':\d+$', ''), r.fields[12], r.fields[13], r.fields[14], r.fields[15], r.fields[16],
        r.fields[19], r.fields[20], case when r.fields is null then 'is no record of csvlog' end
      from script_tracking.csv_records(lines) r;
  elsif sample ~ '^\{"timestamp":' then
    return query
      select
        l.line, d.document ->> 'timestamp', d.document ->> 'session_id', d.document ->> 'line_num', d.document ->> 'pid',
        d.document ->> 'user', d.document ->> 'dbname', d.document ->> 'application_name', d.document ->> 'remote_host',
        d.document ->> 'error_severity', d.document ->> 'state_code', d.document ->> 'message', d.document ->> 'detail',
        d.document ->> 'hint', d.document ->> 'context', d.document ->> 'statement',
        case when d.document is null then 'is no record of jsonlog' end
      from (select u.line, u.ordinality from unnest(lines) with ordinality u (line, ordinality)) l (text, line)
      cross join lateral (select script_tracking.parsed_json(l.text) as document) d
      where l.text !~ '^\s*$';
  else
    return query
      with records as (
        select r.*, coalesce(r.parts ->> 'c', r.parts ->> 'p') as session,
          r.severity in ('DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'STATEMENT', 'LOCATION', 'BACKTRACE') as is_addition
        from script_tracking.stderr_records(lines, prefix) r
      ),
      numbered as (
        -- What adds to a message repeats the prefix, and belongs to the last message of its session.
        select r.*, count(*) filter (where not r.is_addition) over (partition by r.session order by r.line) as ordinal
        from records r
      ),
      additions as (
        select
          n.session, n.ordinal,
          max(n.message) filter (where n.severity = 'DETAIL') as detail,
          max(n.message) filter (where n.severity = 'HINT') as hint,
          max(n.message) filter (where n.severity = 'CONTEXT') as context,
          max(n.message) filter (where n.severity = 'STATEMENT') as query,
          bool_or(n.severity = 'LOCATION') as located, bool_or(n.severity in ('STATEMENT', 'QUERY')) as placed
        from numbered n
        where n.is_addition and n.parts is not null
        group by n.session, n.ordinal
      )
      select
        n.line, coalesce(n.parts ->> 'm', n.parts ->> 't', n.parts ->> 'n'), n.session, n.parts ->> 'l', n.parts ->> 'p',
        nullif(n.parts ->> 'u', '[unknown]'), nullif(n.parts ->> 'd', '[unknown]'), nullif(n.parts ->> 'a', '[unknown]'),
        regexp_replace(coalesce(n.parts ->> 'h', n.parts ->> 'r'), '\(\d+\)$', ''),
        n.severity,
        -- log_error_verbosity = verbose says LOCATION and the SQLSTATE; where a statement is told, so is the place in it.
        coalesce(n.parts ->> 'e', case when a.located then substring(n.message from '^([0-9A-Z]{5}): ') end),
        regexp_replace(
          case when a.located then regexp_replace(n.message, '^[0-9A-Z]{5}: ', '') else n.message end,
          case when a.placed then ' at character \d+$' else '^\Z' end, ''),
        a.detail, a.hint, a.context, a.query,
        case
          when n.parts is null then n.severity
          when n.is_addition and n.ordinal = 0 then 'adds to a message that is not in the text'
        end
      from numbered n
      left join additions a on a.session = n.session and a.ordinal = n.ordinal
      where not n.is_addition or n.parts is null or n.ordinal = 0;
  end if;
end
$$;

comment on function script_tracking.log_messages(text, text) is 'The messages of a log in csvlog, jsonlog or stderr with this prefix, each with what was added to it, or with the problem that a line is';

create or replace function script_tracking.parsed_json(content text)
returns jsonb
language plpgsql immutable
as $$
begin
  return case when jsonb_typeof(content::jsonb) = 'object' then content::jsonb end;
exception when data_exception then
  return null;
end
$$;

comment on function script_tracking.parsed_json(text) is 'The object that a text is; null where it is none';
