-- Secrets in statements are blacked out before anything is hashed or stored: nobody can read them
-- back, and nobody can find them by trying.

create or replace function script_tracking.may_hold_secret(content text)
returns boolean
language sql immutable parallel safe
as $$
  -- Without a backslash: the session may have set how one is read.
  select content ~* 'pass|pwd|secret|token|credential|[a-z_]key|://'
$$;

comment on function script_tracking.may_hold_secret(text) is 'Whether a text needs a closer look; nearly all do not';

create or replace function script_tracking.redact(content text)
returns text
language sql immutable parallel safe
as $$
  select case when script_tracking.may_hold_secret(content) then script_tracking.black_out(content) else content end
$$;

comment on function script_tracking.redact(text) is 'The text with passwords, tokens and keys blacked out, wherever DDL, connection strings, URLs and JSON hold them';

create or replace function script_tracking.black_out(content text)
returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  -- What PostgreSQL lets stand between two words: white space and comments.
  gap constant text := '(?:\s|--[^\n]*(?:\n|$)|/[*](?:[^*]|[*]+[^*/])*[*]+/)*';
  -- A string in any of its spellings but dollars; one that has no end reaches to the end.
  literal constant text := '(?:[eE]''(?:[^''\\]|\\.|'''')*(?:''|$)|(?:[uU]&|[nN])?''(?:[^'']|'''')*(?:''|$))';
  secret constant text := '\m[a-z0-9_.-]*(?:passw|passphrase|pwd|secret|token|credential|api_?key|access_?key|private_?key|account_?key|sas_?key)[a-z0-9_.-]*';
  -- An option's name before its value: password, "password", password =, password =>
  named constant text := secret || '"?' || gap || '(?::?=>?)?' || gap;
  -- A string that ends with such a word, and its end: default 'secret', is 'the token'. What would be its beginning has a
  -- value behind it, and what stands in a list has a comma or a parenthesis before it. In doubt it is one.
  ended constant text := '(?!''\s*(?:[;,)]|$))|(?<!''[^''(,;=]*' || secret || ')';
  redacted text := content;
begin
  -- The value that libpq finds in password='x y', whose quotes are doubled or escaped inside a string.
  redacted := regexp_replace(redacted,
    '(' || secret || '\s*=\s*)(?:''''(?![\s,;)''])(?:[^''\\]|\\.)+''''|\\''(?:[^''\\]|\\[^''])*\\'')', '\1********', 'gi');
  -- SQL that is itself quoted doubles its quotes: execute 'alter role a password ''x'''
  redacted := regexp_replace(redacted,
    '(' || named || ')''''(?![\s,;)''])(?:[^'']|'''''''')+''''', '\1********', 'gi');
  -- What format puts into such a text: format('alter role %I password %L', 'a', 'x')
  redacted := regexp_replace(redacted,
    '(' || named || '%[^'']*'')(?:' || gap || ',' || gap || literal || ')+', '\1, ''********''', 'gi');
  redacted := regexp_replace(redacted, '(' || named || ')(?:' || ended || ')' || literal, '\1''********''', 'gi');
  -- The shortest match, which {1,1}? asks for: up to the first end of this very dollar quote.
  redacted := regexp_replace(redacted,
    '(?:(' || named || ')[$]([a-zA-Z_0-9]*)[$].*?(?:[$]\2[$]|$)){1,1}?', '\1''********''', 'gi');
  -- password=x of a connection string. With blanks around it, it might as well be code that compares, so
  -- there another setting has to stand before or behind it.
  redacted := regexp_replace(redacted, '(' || secret || '=)[^\s''"&;,)>]+', '\1********', 'gi');
  redacted := regexp_replace(redacted,
    '(\m[a-z_]+\s*=\s*[^\s''",;=>]+\s+' || secret || '\s*=\s*)[^\s''",;=>]+', '\1********', 'gi');
  redacted := regexp_replace(redacted,
    '(' || secret || '\s*=\s*)[^\s''",;=>]+(?=\s+[a-z_]+\s*=)', '\1********', 'gi');
  -- "password": "x" of JSON
  redacted := regexp_replace(redacted, '("' || secret || '"\s*:\s*)"(?:[^"\\]|\\.)*"', '\1"********"', 'gi');
  -- scheme://user:secret@host
  redacted := regexp_replace(redacted, '(\m[a-z][a-z0-9+.-]*://[^\s:/@'']*):[^\s/@'']+@', '\1:********@', 'gi');
  return redacted;
end
$$;

comment on function script_tracking.black_out(text) is 'Does what redact promises, for a text that may hold a secret';
