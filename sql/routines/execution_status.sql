-- The states of an execution, as people write them and as the ledger does.

create or replace function script_tracking.status_name(status "char")
returns text
language sql immutable parallel safe
as $$
  select case status
    when 'S' then 'STARTED' when 'C' then 'COMPLETED' when 'F' then 'FAILED' when 'R' then 'ROLLED_BACK' when 'I' then 'INTERRUPTED'
  end
$$;

comment on function script_tracking.status_name("char") is 'The status in words';

create or replace function script_tracking.status_code(status text)
returns "char"
language plpgsql immutable
as $$
declare
  code constant "char" := case upper(status)
    when 'STARTED' then 'S' when 'COMPLETED' then 'C' when 'FAILED' then 'F' when 'ROLLED_BACK' then 'R' when 'INTERRUPTED' then 'I'
  end;
begin
  if code is null then
    raise exception 'There is no status %.', coalesce('"' || status || '"', 'null')
      using errcode = 'invalid_parameter_value', hint = 'It is STARTED, COMPLETED, FAILED, ROLLED_BACK or INTERRUPTED.';
  end if;
  return code;
end
$$;

comment on function script_tracking.status_code(text) is 'The letter of a status; an error for what is none';
