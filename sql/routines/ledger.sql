-- Writing to the ledger: the one way in, for every recorder. Functions here have the rights of whoever
-- calls them, and nobody but the framework's own functions may call them; those pin the search path.

create or replace function script_tracking.keep_text(body text, seen_at timestamptz)
returns bytea
language plpgsql
as $$
declare
  key constant bytea := sha256(script_tracking.utf8(body));
begin
  -- Two sessions that see the text first may both keep it: twice the same text, under the same hash.
  if not exists (
    select from script_tracking.text t
    where t.hash = key
      and t.recorded_at >= date_trunc('month', seen_at at time zone 'UTC') at time zone 'UTC'
      and t.recorded_at <= seen_at
  ) then
    insert into script_tracking.text (hash, recorded_at, body) values (key, seen_at, body);
  end if;
  return key;
end
$$;

comment on function script_tracking.keep_text(text, timestamptz) is 'Keeps a long text once a month and says its hash';

create or replace function script_tracking.brought_forward(entry script_tracking.ledger)
returns script_tracking.ledger
language plpgsql
as $$
begin
  -- A month is whole in itself, so that it can leave for an archive: a later month keeps the text again.
  if date_trunc('month', entry.recorded_at at time zone 'UTC') <> date_trunc('month', clock_timestamp() at time zone 'UTC') then
    perform script_tracking.keep_text(t.body, clock_timestamp())
    from script_tracking.text t
    where t.hash in (entry.content_hash, entry.justification_hash)
      and t.recorded_at >= date_trunc('month', entry.recorded_at at time zone 'UTC') at time zone 'UTC'
      and t.recorded_at <= entry.recorded_at;
  end if;
  return entry;
end
$$;

comment on function script_tracking.brought_forward(script_tracking.ledger) is 'The state of an execution that is about to have another: its long texts are kept in the present month too';

create or replace function script_tracking.append(entry script_tracking.ledger)
returns void
language plpgsql
as $$
begin
  -- Short texts cost less where they stand than a reference to them would.
  if octet_length(entry.content) > 200 then
    entry.content_hash := script_tracking.keep_text(entry.content, entry.recorded_at);
    entry.content := null;
  end if;
  if octet_length(entry.justification) > 200 then
    entry.justification_hash := script_tracking.keep_text(entry.justification, entry.recorded_at);
    entry.justification := null;
  end if;
  if (entry.source = 'D') <> (entry.version_number % 2 = 0)
    or entry.source <> 'D' and entry.operation is null
    or entry.state_ordinal < 0
    or octet_length(entry.tenant_hk) <> 32
  then
    raise exception 'A row of the ledger is not what it has to be: %', entry using errcode = 'check_violation';
  end if;
  entry.row_hash := script_tracking.row_digest(entry);
  insert into script_tracking.ledger values (entry.*);
end
$$;

comment on function script_tracking.append(script_tracking.ledger) is 'Appends a row: moves long texts out, hashes, inserts';

create or replace function script_tracking.stamp(entry script_tracking.ledger)
returns script_tracking.ledger
language plpgsql
as $$
begin
  -- What an event trigger records, and the end of an execution, has its number already.
  if entry.version_number is null then
    entry.version_number := nextval('script_tracking.script_execution_version_seq') * 4 + 1;
  end if;
  entry.xid := txid_current();
  entry.recorded_at := clock_timestamp();
  -- A later state stays with whoever ran the execution, and is theirs to see, whoever records it.
  if entry.session_user_name is null then
    entry.session_user_name := session_user;
    entry.executed_by := nullif(script_tracking.session_role(), session_user);
  end if;
  entry.recorded_by := nullif(session_user, entry.session_user_name);
  entry.application_name := nullif(current_setting('application_name'), '');
  entry.client_ip := inet_client_addr();
  entry.client_port := inet_client_port();
  entry.backend_pid := pg_backend_pid();
  return entry;
end
$$;

comment on function script_tracking.stamp(script_tracking.ledger) is 'Fills in what the server itself knows of a state: number, time, transaction, who, from where. A number that is there stays, and so does an execution''s user';

create or replace function script_tracking.record_decision(name text, category text, metadata jsonb)
returns void
language plpgsql
as $$
declare
  entry script_tracking.ledger;
begin
  entry := script_tracking.stamp(entry);
  entry.source := 'S';
  entry.status := 'C';
  entry.state_ordinal := 0;
  entry.operation := script_tracking.new_operation();
  entry.script_name := record_decision.name;
  entry.script_type := 'ADMINISTRATION';
  entry.script_category := category;
  entry.metadata := record_decision.metadata;
  perform script_tracking.append(entry);
end
$$;

comment on function script_tracking.record_decision(text, text, jsonb) is 'Records what an administrator decided, as an execution of type ADMINISTRATION, so that it is sealed like all that was recorded';

-- Of one key all states: first the months in which it most probably is, then the others.
create or replace function script_tracking.newest_state(hk bytea)
returns script_tracking.ledger
language plpgsql stable
as $$
declare
  found_row script_tracking.ledger;
begin
  select l.* into found_row
  from script_tracking.ledger l
  where l.operation is not null
    and sha256(decode(l.operation::text, 'escape')) = hk
    and l.recorded_at >= now() - interval '1 day'
  order by l.state_ordinal desc, l.version_number desc
  limit 1;
  if not found then
    select l.* into found_row
    from script_tracking.ledger l
    where l.operation is not null
      and sha256(decode(l.operation::text, 'escape')) = hk
    order by l.state_ordinal desc, l.version_number desc
    limit 1;
  end if;
  return found_row;
end
$$;

comment on function script_tracking.newest_state(bytea) is 'The newest state of an execution that was not recorded by an event trigger, or a row of nulls';
