-- The statement behind an event. In PL/pgSQL the call stack holds it; of a message with several statements it
-- is found by cutting the message as the server does. Where that is not certain, the whole message is kept.

create or replace function script_tracking.signed(payload text)
returns text
language plpgsql stable
as $$
begin
  return (
    select encode(sha256(k.key || convert_to(payload, getdatabaseencoding())), 'hex') || ' ' || payload
    from script_tracking.tracker_key k
  );
end
$$;

comment on function script_tracking.signed(text) is 'The text behind its signature, which only the framework''s owner can make';

create or replace function script_tracking.payload_of(signed text)
returns text
language plpgsql stable
as $$
begin
  if script_tracking.signed(substr(signed, 66)) = signed then
    return substr(signed, 66);
  end if;
  return null;
end
$$;

comment on function script_tracking.payload_of(text) is 'What was signed; null where the signature is missing or wrong';

create or replace function script_tracking.inner_statement(stack text)
returns text
language plpgsql immutable
as $$
declare
  opening constant text := 'SQL statement "';
  closing constant text := E'"\nPL/pgSQL function ';
begin
  -- Under another language of messages the words differ: the client's whole message is taken then.
  if not starts_with(stack, opening) then
    return null;
  end if;
  return substr(left(stack, strpos(stack || closing, closing) - 1), length(opening) + 1);
end
$$;

comment on function script_tracking.inner_statement(text) is 'The statement at the top of a PL/pgSQL call stack; null where there is none';

create or replace function script_tracking.statement_length(body text, backslashes boolean)
returns integer
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  -- As psql tells it: in the body of a routine without quotes, semicolons end no statement.
  is_routine constant boolean := body ~* '^(?:\s|--[^\n\r]*[\n\r]|/\*.*?\*/)*create\s+(?:or\s+replace\s+)?(?:function|procedure)\M';
  rest text := body;
  run text;
  tag text;
  cut integer;
  parentheses integer := 0;
  blocks integer := 0;
  comments integer;
begin
  loop
    -- Up to the next character that may begin or end something.
    run := substring(rest from case when is_routine then '^[^''"$;()/a-zA-Z_\x80-\U0010ffff-]*(?:[a-zA-Z_\x80-\U0010ffff][a-zA-Z0-9_$\x80-\U0010ffff]*)?' else '^[^''"$;()/-]*' end);
    if is_routine and parentheses = 0 then
      tag := lower(substring(run from '[a-zA-Z0-9_$\x80-\U0010ffff]+$'));
      if tag = 'begin' or tag = 'case' and blocks > 0 then
        blocks := blocks + 1;
      elsif tag = 'end' and blocks > 0 then
        blocks := blocks - 1;
      end if;
    end if;
    cut := length(run);
    case substr(rest, cut + 1, 1)
      when '' then
        return null;
      when ';' then
        if parentheses = 0 and blocks = 0 then
          return length(body) - length(rest) + cut + 1;
        end if;
        cut := cut + 1;
      when '(' then
        parentheses := parentheses + 1;
        cut := cut + 1;
      when ')' then
        parentheses := greatest(parentheses - 1, 0);
        cut := cut + 1;
      when '"' then
        -- A doubled quote ends one name and begins the next, which comes to the same.
        cut := cut + 1 + nullif(strpos(substr(rest, cut + 2), '"'), 0);
      when '''' then
        if run ~ '(?:^|[^a-zA-Z0-9_$\x80-\U0010ffff])[eE]$' or backslashes and run !~ '[uU]&$' then
          cut := cut + length(substring(substr(rest, cut + 1) from '^''(?:[^''\\]|\\.|'''')*'''));
        else
          cut := cut + 1 + nullif(strpos(substr(rest, cut + 2), ''''), 0);
        end if;
      when '$' then
        tag := substring(substr(rest, cut + 1) from '^[$](?:[a-zA-Z_\x80-\U0010ffff][a-zA-Z0-9_\x80-\U0010ffff]*)?[$]');
        if tag is null or run ~ '[a-zA-Z0-9_\x80-\U0010ffff]$' then
          -- A parameter, or part of a name.
          cut := cut + 1 + length(substring(substr(rest, cut + 2) from '^[a-zA-Z0-9_$\x80-\U0010ffff]*'));
        else
          cut := cut + 2 * length(tag) - 1 + nullif(strpos(substr(rest, cut + 1 + length(tag)), tag), 0);
        end if;
      when '-' then
        if substr(rest, cut + 2, 1) = '-' then
          cut := cut + length(substring(substr(rest, cut + 1) from '^[^\n\r]*(?=[\n\r])'));
        else
          cut := cut + 1;
        end if;
      when '/' then
        if substr(rest, cut + 2, 1) = '*' then
          comments := 1;
          cut := cut + 2;
          while comments > 0 loop
            tag := substring(substr(rest, cut + 1) from '^(?:[^/*]|/(?![*])|[*](?!/))*(?:/[*]|[*]/)');
            comments := comments + case right(tag, 1) when '*' then 1 else -1 end;
            cut := cut + length(tag);
          end loop;
        else
          cut := cut + 1;
        end if;
      else
        -- A word of a routine.
        null;
    end case;
    -- Whatever was begun has no end in this piece.
    if cut is null then
      return null;
    end if;
    rest := substr(rest, cut + 1);
  end loop;
end
$$;

comment on function script_tracking.statement_length(text, boolean) is 'How many characters the first statement of a text has, with its semicolon; null where it is not ended. backslashes says that standard_conforming_strings is off';

create or replace function script_tracking.is_command(statement text, tag text)
returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  -- Comments, which may hold another one.
  gap constant text := '(?:\s|--[^\n\r]*[\n\r]|/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*]|\*+[^*/])*\*+/)*\*/)';
  -- What may stand between the words of a tag.
  between constant text := gap || '+(?:(?:or|replace|global|local|temp|temporary|unlogged|unique|recursive|constraint|default|trusted|procedural)' || gap || '+)*';
begin
  if tag = 'SELECT INTO' then
    return statement ~* ('^' || gap || '*[(]*' || gap || '*(?:select|with|values|table)\M');
  end if;
  return statement ~* ('^' || gap || '*' || replace(regexp_replace(tag, '^CREATE TABLE AS$', 'CREATE TABLE'), ' ', between) || '\M')
    -- These fire no event: what is shared by all databases, and membership in roles.
    and not (
      tag in ('COMMENT', 'GRANT', 'REVOKE', 'SECURITY LABEL')
      and (
        statement ~* ('^[^'']*\mon' || gap || '+(?:database|role|tablespace|event' || gap || '+trigger|parameter)\M')
        or statement !~* '\mon\M'
      )
    );
end
$$;

comment on function script_tracking.is_command(text, text) is 'Whether a statement begins as a command of this tag does';

create or replace function script_tracking.has_several(message text)
returns boolean
language plpgsql immutable
as $$
begin
  -- By bytes: to trim a long text by its characters takes 30 ms a megabyte, and a message of many commands asks for each.
  return position('\x3b'::bytea in btrim(convert_to(message, 'SQL_ASCII'), '\x3b200a0d09'::bytea)) > 0;
end
$$;

comment on function script_tracking.has_several(text) is 'Whether a message may hold several statements: a semicolon stands in it elsewhere than at its ends';

create or replace function script_tracking.longest_cut()
returns integer
language sql immutable
as 'select 524288';

comment on function script_tracking.longest_cut() is 'Up to how many bytes a message with several statements is cut into them; a longer one is kept whole, once, and all of its commands refer to it';

create or replace function script_tracking.text_at(message bytea, place integer, size integer)
returns text
language plpgsql stable
as $$
declare
  stop integer := least(place - 1 + size, octet_length(message));
  is_utf8 constant boolean := getdatabaseencoding() = 'UTF8';
begin
  -- Up to the end of a character. In every encoding that a server may have, a byte below 128 begins one.
  while stop < octet_length(message) and get_byte(message, stop) >= case when is_utf8 then 128 else 127 end
    and not (is_utf8 and get_byte(message, stop) >= 192)
  loop
    stop := stop + 1;
  end loop;
  return convert_from(substr(message, place, stop - place + 1), getdatabaseencoding());
end
$$;

comment on function script_tracking.text_at(bytea, integer, integer) is 'The text of a message from a byte on, counted from 1, of this many bytes or a few more, so that it ends with a character';

create or replace function script_tracking.statement_of(
  message text, tag text, seen_at timestamptz, backslashes boolean,
  out content text, out content_hash bytea)
returns record
language plpgsql
as $$
declare
  -- Which message, and the month that its text is kept in: when it came says which one.
  this_message constant text := concat_ws(' ', pg_backend_pid(), extract(epoch from statement_timestamp())::text, to_char(seen_at at time zone 'UTC', 'YYYYMM'));
  -- Behind it: where the next statement begins; or that it cannot be told, and where the whole message is kept.
  state constant text[] := string_to_array(script_tracking.payload_of(nullif(current_setting('script_tracking.message', true), '')), ' ');
  next_at integer := 1;
  -- In bytes, which are found at once however long the message is; characters would be counted from its beginning.
  bytes bytea;
  statement text;
  piece text;
  cut integer;
  size integer;
begin
  if array_to_string(state[1:3], ' ') = this_message then
    next_at := state[4];
    content_hash := decode(state[5], 'hex');
  -- To cut a message takes a look at all of it for each of its commands: of a very long one that would be felt.
  -- What is undone takes the setting back with it; strings that are read otherwise end elsewhere.
  elsif octet_length(message) > script_tracking.longest_cut()
    or message ~* '(?:^|[^a-z0-9_$])(?:rollback|abort|standard_conforming_strings)(?:[^a-z0-9_$]|$)' then
    next_at := 0;
  end if;

  if next_at > 0 then
    bytes := convert_to(message, 'SQL_ASCII');
  end if;
  while next_at > 0 and next_at <= octet_length(bytes) loop
    size := 500;
    loop
      piece := script_tracking.text_at(bytes, next_at, size);
      cut := script_tracking.statement_length(piece, backslashes);
      exit when cut is not null or size > octet_length(bytes) - next_at;
      size := size * 8;
    end loop;
    statement := left(piece, cut);
    if cut is null then
      statement := piece;
    end if;
    next_at := next_at + octet_length(statement);
    exit when script_tracking.is_command(statement, tag);
    statement := null;
  end loop;

  if statement is not null then
    content := btrim(statement, E'; \n\r\t');
    content_hash := null;
  else
    next_at := 0;
    if content_hash is null then
      content_hash := script_tracking.keep_text(script_tracking.redact(message), seen_at);
    end if;
  end if;
  -- Not only for this transaction: the message may hold several.
  perform set_config('script_tracking.message', script_tracking.signed(concat_ws(' ',
    this_message, next_at, case when next_at = 0 then encode(content_hash, 'hex') end)), false);
end
$$;

comment on function script_tracking.statement_of(text, text, timestamptz, boolean) is 'Of a message with several statements the next one that begins as a command of this tag does; where none does or where it is not certain, the hash of the whole message, which is kept';

create or replace function script_tracking.recorded_statement(tag text, stack text, seen_at timestamptz, out content text, out content_hash bytea)
returns record
language plpgsql
as $$
begin
  if stack <> '' then
    content := coalesce(script_tracking.inner_statement(stack), current_query());
  elsif octet_length(current_query()) > script_tracking.longest_cut() or script_tracking.has_several(current_query()) then
    select s.content, s.content_hash into content, content_hash
    from script_tracking.statement_of(current_query(), tag, seen_at, current_setting('standard_conforming_strings') = 'off') s;
  else
    content := current_query();
  end if;
  if script_tracking.may_hold_secret(content) then
    content := script_tracking.black_out(content);
  end if;
end
$$;

comment on function script_tracking.recorded_statement(text, text, timestamptz) is 'The statement of a command with secrets blacked out, or the hash of a text that is kept already';

do $$
begin
  perform script_tracking.make_insert_only('script_tracking.tracker_key');
end
$$;
