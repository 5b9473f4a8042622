-- What a data source's address says: database, schema and table. A password in it is never stored. It is
-- taken out rather than refused, because a statement that is refused stands whole in the server's log.

create or replace function project_schema.percent_decoded(encoded text)
returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if strpos(encoded, '%') = 0 then
    return encoded;
  end if;
  return (
    select convert_from(
      string_agg(
        case when m.piece[1] ~ '^%[0-9a-fA-F]{2}$' then decode(substr(m.piece[1], 2), 'hex') else convert_to(m.piece[1], 'UTF8') end,
        ''::bytea order by m.ordinality),
      'UTF8')
    from regexp_matches(encoded, '%[0-9a-fA-F]{2}|[^%]+|%', 'g') with ordinality as m (piece, ordinality)
  );
exception
  -- Bytes that are no text stay encoded.
  when character_not_in_repertoire or untranslatable_character then return encoded;
end
$$;

comment on function project_schema.percent_decoded(text) is 'A part of a URL without its percent signs';

create or replace function project_schema.without_password(dsn text)
returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  secret constant text := '(?!passfile)[a-z0-9_-]*(?:passw|passphrase|pwd|\mpass\M|secret|token|credential|api_?key|access_?key|private_?key|account_?key)[a-z0-9_-]*';
  cleaned text := dsn;
begin
  -- scheme://user:password@host. One with a slash of its own is not confused with a port.
  cleaned := regexp_replace(cleaned, '(://[^:/?#@]*):[^/?#]*@', '\1@');
  cleaned := regexp_replace(cleaned, '(://[^:/?#@]*):(?![0-9]+(?:[/?#]|$))[^@]*@', '\1@');
  -- user/password@service
  cleaned := regexp_replace(cleaned, '^(\s*[a-z0-9_$#]+)/[^/@\s][^@\s]*@', '\1@', 'i');
  -- ?password=... of a URL, password=... of key=value pairs, Password=...; of others
  cleaned := regexp_replace(
    cleaned, '(^|[?&;\s])' || secret || '\s*=\s*(?:''(?:[^''\\]|\\.|'''')*(?:''|$)|"[^"]*(?:"|$)|[^&;\s]*)[&;]?', '\1', 'gi');
  return btrim(regexp_replace(cleaned, '[?&]+$', ''));
end
$$;

comment on function project_schema.without_password(text) is 'The address without passwords, tokens and keys';

create or replace function project_schema.parse_dsn(dsn text, out target_database text, out target_schema text, out target_table text)
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  address constant text := btrim(project_schema.without_password(dsn), E' \t\r\n');
  name constant text := '(?:"(?:[^"]|"")+"|[^\s."''/:;=?@]+)';
  parts text[];
  settings jsonb;
  path text;
begin
  if address ~* '^(?:jdbc:)?(?:postgres|postgresql|mysql|mariadb|sqlserver|mssql|oracle|redshift|snowflake|cockroachdb|db2)(?:[+][a-z0-9_]+)?://' then
    path := substring(address from '://[^/?#]*/([^?#]*)');
    parts := string_to_array(btrim(path, '/'), '/');
    target_database := nullif(project_schema.percent_decoded(parts[1]), '');
    if cardinality(parts) = 3 then
      target_schema := project_schema.percent_decoded(parts[2]);
      target_table := project_schema.percent_decoded(parts[3]);
    elsif cardinality(parts) = 2 then
      parts := project_schema.name_parts(project_schema.percent_decoded(parts[2]));
      target_table := parts[cardinality(parts)];
      target_schema := parts[cardinality(parts) - 1];
    end if;
    select jsonb_object_agg(lower(m.pair[1]), project_schema.percent_decoded(replace(m.pair[2], '+', ' '))) into settings
    from regexp_matches(split_part(address, '#', 1), '[?&;]([a-z_]+)=([^&;]*)', 'gi') as m (pair);
  elsif address ~* '^[a-z_][a-z0-9_ ]*\s*=' then
    select jsonb_object_agg(
        lower(btrim(m.pair[1])),
        coalesce(regexp_replace(m.pair[2], '\\(.)', '\1', 'g'), m.pair[3], m.pair[4]))
      into settings
    from regexp_matches(
      address, '(initial catalog|[a-z_][a-z0-9_]*)\s*=\s*(?:''((?:[^''\\]|\\.)*)''|"([^"]*)"|([^\s;]*))', 'gi') as m (pair);
  elsif address ~ ('^' || name || '(?:\.' || name || '){1,2}$') then
    parts := project_schema.name_parts(address);
    target_table := parts[cardinality(parts)];
    target_schema := parts[cardinality(parts) - 1];
    target_database := parts[cardinality(parts) - 2];
    return;
  end if;

  target_database := coalesce(target_database, nullif(coalesce(
    settings ->> 'dbname', settings ->> 'database', settings ->> 'initial catalog', settings ->> 'databasename'), ''));
  target_schema := coalesce(target_schema, nullif(split_part(coalesce(
    settings ->> 'schema', settings ->> 'currentschema', settings ->> 'search_path',
    substring(settings ->> 'options' from 'search_path\s*=\s*(\S+)')), ',', 1), ''));
  target_table := coalesce(target_table, nullif(settings ->> 'table', ''));
  -- "table=sales.orders"
  parts := project_schema.name_parts(target_table);
  if target_schema is null and cardinality(parts) = 2 then
    target_schema := parts[1];
    target_table := parts[2];
  end if;
  if target_database is null and target_schema is null and target_table is null then
    target_table := nullif(address, '');
  end if;
end
$$;

comment on function project_schema.parse_dsn(text) is 'The database, schema and table that an address names: schema.table, database.schema.table, a database''s URL, key=value pairs; anything else is the table, whole';

create or replace function project_schema.name_parts(qualified text)
returns text[]
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(
    case when left(m.part[1], 1) = '"' then replace(btrim(m.part[1], '"'), '""', '"') else m.part[1] end order by m.ordinality)
  from regexp_matches(qualified, '("(?:[^"]|"")+"|[^."]+)', 'g') with ordinality as m (part, ordinality)
$$;

comment on function project_schema.name_parts(text) is 'The names of a qualified name, without their quotes; letters stay as they are';

create or replace function project_schema.follow_dsn()
returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  cleaned text;
begin
  new.settings := project_schema.redact_json(new.settings);
  if new.target_dsn is null then
    return new;
  end if;
  cleaned := project_schema.without_password(new.target_dsn);
  if cleaned <> btrim(new.target_dsn) then
    raise notice 'The password in the address of "%" is not stored.', new.name
      using hint = 'Keep it where the reader finds it: a password file, a service, the keychain.';
  end if;
  new.target_dsn := cleaned;
  select p.target_database, p.target_schema, p.target_table
  into new.target_database, new.target_schema, new.target_table
  from project_schema.parse_dsn(cleaned) p;
  return new;
end
$$;

comment on function project_schema.follow_dsn() is 'Takes the password out of a data source''s address and says database, schema and table by it';

create or replace function project_schema.backfill_data_sources()
returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  filled bigint;
begin
  perform project_schema.require_role('backfill data sources', 'steward_admin');
  update project_schema.data_sources d
  set target_dsn = d.target_dsn
  from project_schema.data_sources s
  cross join lateral project_schema.parse_dsn(s.target_dsn) p
  where d.id = s.id
    and (s.target_dsn <> project_schema.without_password(s.target_dsn)
      or (s.target_database, s.target_schema, s.target_table) is distinct from (p.target_database, p.target_schema, p.target_table));
  get diagnostics filled = row_count;
  return filled;
end
$$;

comment on function project_schema.backfill_data_sources() is 'Parses the address of sources that were stored without it, such as by a restore with triggers off, and says how many; runs at each upgrade, and for steward_admin';

do $$
begin
  if not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = 'project_schema.data_sources'::pg_catalog.regclass and t.tgname = 'follow_dsn'
  ) then
    create trigger follow_dsn before insert or update on project_schema.data_sources
      for each row execute function project_schema.follow_dsn();
    comment on trigger follow_dsn on project_schema.data_sources is 'Takes the password out of the address and parses it';
  end if;
  perform project_schema.backfill_data_sources();
end
$$;
