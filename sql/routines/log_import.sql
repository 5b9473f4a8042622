-- Server logs become executions of type LOG_IMPORT. They are recorded in the name of the users that the log
-- names, so only administrators may import; who did is recorded with each.

create or replace function script_tracking.refuse_importer(what text)
returns void
language plpgsql stable
as $$
begin
  if not script_tracking.may_administer() then
    raise exception '% records in the name of others, which % may not.', what, script_tracking.session_role()
      using errcode = 'insufficient_privilege', hint = 'Members of steward_admin may, and superusers.';
  end if;
end
$$;

comment on function script_tracking.refuse_importer(text) is 'Refuses to record in the name of others to all but administrators';

create or replace function script_tracking.take_line(key bytea)
returns boolean
language plpgsql
as $$
begin
  insert into script_tracking.imported_line (line_key, imported_at) values (key, clock_timestamp()) on conflict do nothing;
  return found;
end
$$;

comment on function script_tracking.take_line(bytea) is 'Takes a line for importing; false where it was imported already';

create or replace function script_tracking.logged_address(client text)
returns inet
language plpgsql immutable
as $$
begin
  return case when client ~ '^[0-9a-fA-F.:]+$' and client ~ '[.:]' then client::inet end;
exception when data_exception then
  return null;
end
$$;

comment on function script_tracking.logged_address(text) is 'The address of a log''s client; null for a host''s name, [local], and what is damaged';

create or replace function script_tracking.append_logged(logged record, key bytea)
returns void
language plpgsql
as $$
declare
  entry script_tracking.ledger;
begin
  entry.session_user_name := coalesce(logged.user_name, '-');
  entry := script_tracking.stamp(entry);
  entry.source := 'L';
  entry.status := logged.status;
  entry.state_ordinal := 0;
  entry.operation := substr(encode(key, 'hex'), 1, 32)::uuid;
  entry.execution_timestamp := logged.began;
  entry.execution_duration_ms := round(logged.duration_ms)::bigint;
  entry.application_name := nullif(logged.application, '');
  entry.client_ip := script_tracking.logged_address(logged.client);
  entry.client_port := null;
  entry.script_type := 'LOG_IMPORT';
  entry.script_category := case when logged.error is null then 'STATEMENT' else 'ERROR' end;
  entry.content := script_tracking.redact(
    case
      -- What an EXECUTE is given are the values of what was prepared.
      when logged.detail ~* ': ?prepare\s' and script_tracking.may_hold_secret(logged.detail)
        then regexp_replace(logged.statement, '(\mexecute\M[^(]*[(]).*$', '\1********)', 'i')
      else logged.statement
    end);
  entry.error_message := script_tracking.redact(logged.error);
  entry.error_code := logged.sqlstate;
  entry.script_name := coalesce(
    nullif(left(regexp_replace(btrim(left(entry.content, 500), E' \t\r\n'), '\s+', ' ', 'g'), 120), ''),
    left(regexp_replace(entry.error_message, '\s+', ' ', 'g'), 120), 'an empty statement');
  entry.metadata := jsonb_strip_nulls(jsonb_build_object(
    'database', logged.database_name, 'session', logged.session, 'pid', logged.pid, 'prepared', logged.prepared,
    'duration_ms', logged.duration_ms, 'parse_ms', logged.parse_ms, 'bind_ms', logged.bind_ms,
    'error_detail', case when logged.error is not null then script_tracking.redact(logged.detail) end, 'error_hint', logged.hint));
  perform script_tracking.append(entry);
end
$$;

comment on function script_tracking.append_logged(record, bytea) is 'Appends what a log says of one operation, secrets blacked out, parameters left out';

create or replace function script_tracking.import_log(log_content text, prefix text, log_zone text)
returns table (imported bigint, refused bigint, duplicates bigint, message text)
language plpgsql
as $$
declare
  logged record;
  key bytea;
  reasons text := '';
begin
  imported := 0;
  refused := 0;
  duplicates := 0;
  for logged in
    select
      o.*,
      -- Two lines that are the same in all of this are two, the first and the second.
      row_number() over (partition by o.stamp, o.session, o.line_number, o.statement, o.error order by o.line) as occurrence
    from script_tracking.log_operations(log_content, prefix, log_zone) o
    order by o.line
  loop
    if logged.problem is not null then
      refused := refused + 1;
      if refused <= 5 then
        reasons := reasons || format(' Line %s %s.', logged.line, logged.problem);
      end if;
      continue;
    end if;
    key := sha256(script_tracking.utf8(array_to_string(array[
      logged.stamp, logged.session, logged.line_number, logged.statement, logged.error, logged.occurrence::text], chr(30), '-')));
    if script_tracking.take_line(key) then
      perform script_tracking.append_logged(logged, key);
      imported := imported + 1;
    else
      duplicates := duplicates + 1;
    end if;
  end loop;
  message := case
    when imported + duplicates + refused = 0 then 'The text holds no statement and no error.'
    when imported = 0 and duplicates > 0 then format('All of it was imported before: %s operations.', duplicates)
    else format('%s operations imported.', imported)
      || case when duplicates > 0 then format(' %s were imported before.', duplicates) else '' end
    end
    || case when refused > 0 then format(' %s lines refused.', refused) || reasons else '' end;
  return next;
end
$$;

comment on function script_tracking.import_log(text, text, text) is 'Imports the text of a log and says what came of it';

create or replace function script_tracking.import_postgres_logs(
  log_content text, log_line_prefix text default current_setting('log_line_prefix'))
returns table (imported bigint, refused bigint, duplicates bigint, message text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform script_tracking.refuse_importer('Importing logs');
  if log_content is null or log_content !~ '[^[:space:]]' then
    raise exception 'There is no text to import.' using errcode = 'null_value_not_allowed';
  end if;
  if octet_length(log_content) > 4194304 then
    raise exception 'The text has % bytes; 4194304 (4 MB) are imported at most.', octet_length(log_content)
      using errcode = 'program_limit_exceeded',
            hint = 'Larger logs are files: the application imports them, and import_historical_operations those of this server.';
  end if;
  return query
    select i.* from script_tracking.import_log(log_content, coalesce(log_line_prefix, ''), current_setting('log_timezone')) i;
end
$$;

comment on function script_tracking.import_postgres_logs(text, text) is 'Imports the text of a server log, csvlog, jsonlog or stderr with this prefix: statements and errors become executions of type LOG_IMPORT, with secrets blacked out and without parameters. The same text again imports nothing. Says how many operations were imported, how many lines were refused and why, and how many operations were there already';

create or replace function script_tracking.import_log_file(name text, log_content text)
returns table (imported bigint, refused bigint, duplicates bigint, message text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform script_tracking.refuse_importer('Importing logs');
  return query
    select i.imported, i.refused, i.duplicates, name || ': ' || i.message
    from script_tracking.import_log(log_content, current_setting('log_line_prefix'), current_setting('log_timezone')) i;
end
$$;

comment on function script_tracking.import_log_file(text, text) is 'Imports the text of one of the server''s log files; for import_historical_operations, which reads it with the caller''s rights';

create or replace function script_tracking.log_text(bytes bytea)
returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return convert_from(bytes, getdatabaseencoding());
exception when character_not_in_repertoire or untranslatable_character then
  -- Databases of several encodings write into one log. Which wrote a line, nobody knows.
  return convert_from(decode(replace(encode(bytes, 'hex'), '00', '20'), 'hex'), 'LATIN1');
end
$$;

comment on function script_tracking.log_text(bytea) is 'The text of a log file; byte by byte where it is not in the database''s encoding';

create or replace function script_tracking.import_historical_operations(days integer default 30, simulate boolean default false)
returns table (imported bigint, refused bigint, duplicates bigint, message text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  file record;
  problem text;
  files integer := 0;
begin
  if days is null or days not between 1 and 3650 then
    raise exception 'Operations of the last 1 to 3650 days can be imported, not of %.', coalesce(days::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  if simulate then
    return query select s.* from script_tracking.simulate_operations(days) s;
    return;
  end if;
  begin
    for file in
      select l.name, l.size
      from pg_ls_logdir() l
      where l.modification >= now() - make_interval(days => days) and l.name !~ '[.](gz|zip|xz|bz2|zst|lz4)$'
      order by l.modification, l.name
    loop
      files := files + 1;
      if file.size > 67108864 then
        return query select 0::bigint, 0::bigint, 0::bigint,
          format('%s: has %s bytes; 67108864 (64 MB) are read here at most. The application imports larger files.', file.name, file.size);
        continue;
      end if;
      return query
        select i.*
        from script_tracking.import_log_file(
          file.name, script_tracking.log_text(pg_read_binary_file(current_setting('log_directory') || '/' || file.name))) i;
    end loop;
  exception
    when insufficient_privilege or undefined_file or io_error then
      problem := sqlerrm;
  end;
  if problem is not null then
    return query select 0::bigint, 0::bigint, 0::bigint,
      'Nothing was imported: ' || problem || '. '
      || 'Reading the server''s logs takes logging_collector, pg_monitor, and execute on pg_read_binary_file.';
  elsif files = 0 then
    return query select 0::bigint, 0::bigint, 0::bigint, format('The server has no log file of the last %s days.', days);
  end if;
end
$$;

comment on function script_tracking.import_historical_operations(integer, boolean) is 'Imports the server''s own log files of the last days, where the caller may read them; a row for each file. With simulate, makes sample operations instead, marked SIMULATED, which no report counts';
