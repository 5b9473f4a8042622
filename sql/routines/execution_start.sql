-- Starting an execution by a call. This and execution_finish.sql are the path of every call, so they are written for
-- speed: whatever a statement evaluates has to be set up anew each time, which costs more than evaluating it.
-- Hence one statement that inserts and few expressions beside it.

-- Not to be guessed, so that no session can foresee another's hash key.
do $$
begin
  if current_setting('server_version_num')::integer >= 130000 then
    create or replace function script_tracking.new_operation()
    returns uuid
    language sql
    as 'select gen_random_uuid()';
  else
    create or replace function script_tracking.new_operation()
    returns uuid
    language sql
    as $function$
      select substr(encode(sha256(convert_to(
        concat_ws(':', clock_timestamp(), pg_backend_pid(), txid_current(), random(), random()), 'SQL_ASCII')), 'hex'), 1, 32)::uuid
    $function$;
  end if;
end
$$;

comment on function script_tracking.new_operation() is 'A new id of an execution';

create or replace function script_tracking.refuse_start(name text, type text)
returns void
language plpgsql
as $$
begin
  if name is null or name !~ '[^[:space:]]' then
    raise exception 'An operation needs a name.' using errcode = 'null_value_not_allowed';
  end if;
  if length(name) > 1000 then
    raise exception 'The name of an operation is % characters long; 1000 are allowed.', length(name)
      using errcode = 'string_data_right_truncation', hint = 'Long text belongs in the content or in the business justification.';
  end if;
  raise exception 'The operation "%" needs a type, such as MANUAL.', name using errcode = 'null_value_not_allowed';
end
$$;

comment on function script_tracking.refuse_start(text, text) is 'Says why an execution of this name and type is not started';

create or replace function script_tracking.start_call(
  name text,
  type text,
  category text default null,
  content text default null,
  file_path text default null,
  version text default null,
  tenant_hk bytea default null,
  justification text default null,
  ticket text default null)
returns bytea
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
  number constant bigint := nextval('script_tracking.script_execution_version_seq') * 4 + 1;
  operation constant uuid := script_tracking.new_operation();
  -- What takes longer than to keep a variable: an address is printed and read again each time that it is asked for.
  address constant inet := inet_client_addr();
  port constant integer := inet_client_port();
  caller constant text := nullif(script_tracking.session_role(), session_user);
  content_hash bytea;
  justification_hash bytea;
  entry script_tracking.ledger;
begin
  -- In the condition, because perform would be one more statement; it answers, or raises.
  if script_tracking.require_session() is null or (name ~ '[^[:space:]]' and length(name) <= 1000 and type ~ '[^[:space:]]') is not true then
    perform script_tracking.refuse_start(name, type);
  end if;
  if coalesce(content, justification) is not null or tenant_hk is not null then
    perform script_tracking.require_tenant(tenant_hk);
    content := script_tracking.redact(content);
    -- As in script_tracking.append.
    if octet_length(content) > 200 then
      content_hash := script_tracking.keep_text(content, at);
      content := null;
    end if;
    if octet_length(justification) > 200 then
      justification_hash := script_tracking.keep_text(justification, at);
      justification := null;
    end if;
  end if;

  insert into script_tracking.present_ledger (
    version_number, xid, recorded_at, operation, state_ordinal, client_port, backend_pid, source, status,
    session_user_name, executed_by, application_name, client_ip,
    script_name, script_type, script_category, content, content_hash, script_file_path, script_version,
    related_ticket, justification, justification_hash, tenant_hk,
    row_hash)
  select
    number, txid_current(), at, operation, 0, port, pg_backend_pid(), 'S', 'S',
    session_user, caller, nullif(current_setting('application_name'), ''), address,
    name, upper(type), category, content, content_hash, file_path, version,
    ticket, justification, justification_hash, tenant_hk,
    -- As in script_tracking.row_digest.
    sha256(
      record_send(row(
        number, txid_current(), at, null::timestamptz, null::uuid, 0,
        port, pg_backend_pid(), 'S'::"char", 'S'::"char", null::"char",
        null::oid, null::oid, null::integer,
        convert_to(session_user, m.hashed_as), convert_to(caller, m.hashed_as),
        convert_to(nullif(current_setting('application_name'), ''), m.hashed_as), address, null::bytea,
        null::bytea, null::bytea, null::bytea, null::bytea,
        coalesce(content_hash, sha256(convert_to(content, m.hashed_as))), null::bytea))
      || record_send(row(
        null::timestamptz, null::bigint, null::bigint, operation,
        convert_to(name, m.hashed_as), convert_to(upper(type), m.hashed_as), convert_to(category, m.hashed_as),
        convert_to(file_path, m.hashed_as), convert_to(version, m.hashed_as), null::bytea, null::bytea,
        convert_to(ticket, m.hashed_as), coalesce(justification_hash, sha256(convert_to(justification, m.hashed_as))),
        tenant_hk, null::bytea, null::bytea)))
  from script_tracking.present_month m
  where at >= m.began and at < m.ends and getdatabaseencoding() = m.database_encoding;
  if not found then
    -- A month began, and nobody has named it yet.
    entry.script_name := name;
    entry.script_type := type;
    entry.script_category := category;
    entry.content := content;
    entry.content_hash := content_hash;
    entry.script_file_path := file_path;
    entry.script_version := version;
    entry.related_ticket := ticket;
    entry.justification := justification;
    entry.justification_hash := justification_hash;
    entry.tenant_hk := tenant_hk;
    return script_tracking.start_execution(entry);
  end if;
  return sha256(decode(operation::text, 'escape'));
end
$$;

comment on function script_tracking.start_call(text, text, text, text, text, text, bytea, text, text) is 'Does what track_operation and track_script_execution promise, and tells nobody';

create or replace function script_tracking.start_execution(entry script_tracking.ledger)
returns bytea
language plpgsql
as $$
begin
  perform script_tracking.require_session();
  if (entry.script_name ~ '[^[:space:]]' and length(entry.script_name) <= 1000 and entry.script_type ~ '[^[:space:]]') is not true then
    perform script_tracking.refuse_start(entry.script_name, entry.script_type);
  end if;
  perform script_tracking.require_tenant(entry.tenant_hk);
  entry := script_tracking.stamp(entry);
  entry.source := 'S';
  entry.status := 'S';
  entry.state_ordinal := 0;
  entry.script_type := upper(entry.script_type);
  entry.content := script_tracking.redact(entry.content);
  entry.operation := script_tracking.new_operation();
  perform script_tracking.append(entry);
  return script_tracking.calculate_hash_key(entry.operation::text);
end
$$;

comment on function script_tracking.start_execution(script_tracking.ledger) is 'Records the first state of an execution, with all that its recorder knows of it; returns its hash key';
