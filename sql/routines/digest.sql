-- How a row is hashed. The encoding is for ever: rows that were hashed by it are checked by it. It is
-- PostgreSQL's own binary form of a row, text in UTF-8: it has a length before each value and -1 for null,
-- and it is made by one call, where an encoding of our own would take longer than recording the row.

create or replace function script_tracking.utf8(content text)
returns bytea
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  -- A SQL_ASCII database does not know what its bytes mean, so they stay as they are.
  select convert_to(content, case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end)
$$;

comment on function script_tracking.utf8(text) is 'The text''s bytes in UTF-8';

create or replace function script_tracking.row_digest(entry script_tracking.ledger)
returns bytea
language plpgsql stable parallel safe
as $$
declare
  -- As in script_tracking.utf8, which would be called some twenty times here.
  encoding constant name := case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end;
  encoded bytea := record_send(row(
    entry.version_number, entry.xid, entry.recorded_at, entry.statement_at, entry.caused_by, entry.state_ordinal,
    entry.client_port, entry.backend_pid, entry.source, entry.status, entry.object_action,
    entry.object_class, entry.object_id, entry.object_part,
    convert_to(entry.session_user_name, encoding), convert_to(entry.executed_by, encoding),
    convert_to(entry.application_name, encoding), entry.client_ip, convert_to(entry.command_tag, encoding),
    convert_to(entry.object_type, encoding), convert_to(entry.object_schema, encoding),
    convert_to(entry.object_identity, encoding), convert_to(entry.objects::text, encoding),
    coalesce(entry.content_hash, sha256(convert_to(entry.content, encoding))),
    convert_to(entry.metadata::text, encoding)));
begin
  -- What event triggers do not know is not encoded for them: it is always null.
  if entry.source <> 'D' then
    encoded := encoded || record_send(row(
      entry.execution_timestamp, entry.execution_duration_ms, entry.rows_affected, entry.operation,
      convert_to(entry.script_name, encoding), convert_to(entry.script_type, encoding),
      convert_to(entry.script_category, encoding), convert_to(entry.script_file_path, encoding),
      convert_to(entry.script_version, encoding), convert_to(entry.error_message, encoding),
      convert_to(entry.error_code, encoding), convert_to(entry.related_ticket, encoding),
      coalesce(entry.justification_hash, sha256(convert_to(entry.justification, encoding))),
      entry.tenant_hk, convert_to(entry.detail::text, encoding), convert_to(entry.recorded_by, encoding)));
  end if;
  return sha256(encoded);
end
$$;

comment on function script_tracking.row_digest(script_tracking.ledger) is 'SHA-256 of a row in PostgreSQL''s binary form of a record (the number of columns; for each its type''s OID, its length or -1, its value), text as bytea in UTF-8, statement and justification as their own SHA-256: first the columns that every row may have, then, where it was not recorded by an event trigger, the others';

create or replace function script_tracking.calculate_hash_key(bk text)
returns bytea
language sql stable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select sha256(script_tracking.utf8(bk))
$$;

comment on function script_tracking.calculate_hash_key(text) is 'The hash key of a business key: SHA-256 of its bytes in UTF-8';
