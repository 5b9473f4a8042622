import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, TestDatabase } from './tracked.ts'

const mask = `'********'`

/** What is given, and what is kept of it. */
const cases: [name: string, given: string, kept: string][] = [
  [
    'user mapping',
    `create user mapping for u server s options (user 'u', password 'geheim')`,
    `create user mapping for u server s options (user 'u', password ${mask})`,
  ],
  [
    'altered user mapping',
    `alter user mapping for u server s options (set password 'geheim', add sslpassword 'x')`,
    `alter user mapping for u server s options (set password ${mask}, add sslpassword ${mask})`,
  ],
  [
    'role',
    `create role r login password 'it''s geheim' valid until '2030-01-01'`,
    `create role r login password ${mask} valid until '2030-01-01'`,
  ],
  ['encrypted', `ALTER ROLE r ENCRYPTED PASSWORD 'geheim'`, `ALTER ROLE r ENCRYPTED PASSWORD ${mask}`],
  ['null password', `alter role r password null`, `alter role r password null`],
  ['escape string', `alter role r password E'ge\\'heim' createdb`, `alter role r password ${mask} createdb`],
  ['unicode string', `alter role r password U&'geh\\0065im'`, `alter role r password ${mask}`],
  ['dollar quotes', `alter role r password $$geheim$$ createdb`, `alter role r password ${mask} createdb`],
  ['tagged dollar quotes', `alter role r password $a$ge$b$heim$a$ createdb`, `alter role r password ${mask} createdb`],
  ['comment between', `alter role r password /* here */ 'geheim'`, `alter role r password /* here */ ${mask}`],
  [
    'line comment between',
    `alter role r password -- it is 'this'\n 'geheim'`,
    `alter role r password -- it is 'this'\n ${mask}`,
  ],
  ['without an end', `alter role r password 'geheim`, `alter role r password ${mask}`],
  [
    'subscription',
    `create subscription s connection 'host=h password=geheim dbname=d' publication p`,
    `create subscription s connection 'host=h password=******** dbname=d' publication p`,
  ],
  [
    'subscription with a quoted password',
    `create subscription s connection 'host=h password=''ge heim'' dbname=d' publication p`,
    `create subscription s connection 'host=h password=******** dbname=d' publication p`,
  ],
  [
    'URL',
    `create subscription s connection 'postgresql://u:geheim@h:5432/d' publication p`,
    `create subscription s connection 'postgresql://u:********@h:5432/d' publication p`,
  ],
  [
    'server options',
    `create server s foreign data wrapper f options (host 'h', api_key 'geheim', "client_secret" 'geheim2', port '1')`,
    `create server s foreign data wrapper f options (host 'h', api_key ${mask}, "client_secret" ${mask}, port '1')`,
  ],
  [
    'dblink in a function',
    `create function f() returns text language sql as $$ select dblink_connect('host=h user=u password=geheim') $$`,
    `create function f() returns text language sql as $$ select dblink_connect('host=h user=u password=********') $$`,
  ],
  [
    'named argument',
    `select connect(password => 'geheim', host => 'h')`,
    `select connect(password => ${mask}, host => 'h')`,
  ],
  [
    'JSON',
    `select '{"user": "u", "password": "ge\\"heim", "port": 1}'`,
    `select '{"user": "u", "password": "********", "port": 1}'`,
  ],
  [
    'several statements',
    `create role a password 'eins'; create table t (id int); create role b password 'zwei'`,
    `create role a password ${mask}; create table t (id int); create role b password ${mask}`,
  ],
  [
    'connection string with blanks',
    `select dblink_connect('host = h password = geheim')`,
    `select dblink_connect('host = h password = ********')`,
  ],
  [
    'connection string with blanks, password first',
    `select dblink_connect('password = geheim host = h')`,
    `select dblink_connect('password = ******** host = h')`,
  ],
  [
    'a statement that is quoted itself',
    `do $$ begin execute 'alter role r password ''ge''''heim'' createdb'; end $$`,
    `do $$ begin execute 'alter role r password ******** createdb'; end $$`,
  ],
  [
    'what format puts into a statement',
    `do $$ begin execute format('alter role %I password %L', 'r', 'geheim'); end $$`,
    `do $$ begin execute format('alter role %I password %L', ${mask}); end $$`,
  ],
  [
    'a password right behind its word',
    `create user mapping for u server s options (user 'u', password'geheim', port '1')`,
    `create user mapping for u server s options (user 'u', password${mask}, port '1')`,
  ],
  [
    'a password right behind its word, that begins oddly',
    `create user mapping for u server s options (user 'u', password', geheim', port '1')`,
    `create user mapping for u server s options (user 'u', password${mask}, port '1')`,
  ],
  [
    'a password behind a string that says so',
    `comment on role r is 'secret'; alter role r password 'geheim'`,
    `comment on role r is 'secret'; alter role r password ${mask}`,
  ],
  [
    'a password that ends with such a word',
    `alter role r password 'my secret'; comment on role r is 'x'`,
    `alter role r password ${mask}; comment on role r is 'x'`,
  ],
  ['an empty password', `alter role r password ''; select 1`, `alter role r password ${mask}; select 1`],
  [
    'a string before it that has no end',
    `comment on table t is 'it''s the password'geheim'`,
    `comment on table t is 'it''s the password${mask}`,
  ],
  // What is no secret stays.
  ['a string that is such a word', `comment on table t is 'secret'`, `comment on table t is 'secret'`],
  [
    'strings that end with such a word',
    `comment on column t.a is 'Holds the token'; alter table t alter b set default 'secret', alter c set default 'api_key'; comment on table t is 'shown to all'`,
    `comment on column t.a is 'Holds the token'; alter table t alter b set default 'secret', alter c set default 'api_key'; comment on table t is 'shown to all'`,
  ],
  [
    'a check of such words',
    `alter table t add check (kind in ('secret', 'token', 'public') and owner = 'x')`,
    `alter table t add check (kind in ('secret', 'token', 'public') and owner = 'x')`,
  ],
  [
    'a column named secret that is commented',
    `comment on column t.secret is 'encrypted by the application'`,
    `comment on column t.secret is 'encrypted by the application'`,
  ],
  [
    'code that compares',
    `create function f() returns boolean language sql as $$ select password_hash = crypt(given, password_hash) from u where u.id = 1 $$`,
    `create function f() returns boolean language sql as $$ select password_hash = crypt(given, password_hash) from u where u.id = 1 $$`,
  ],
  [
    'a column named password',
    `create table t (password text not null default 'x', password_hash bytea)`,
    `create table t (password text not null default 'x', password_hash bytea)`,
  ],
  [
    'a primary key',
    `create table t (id int primary key, name text default 'key')`,
    `create table t (id int primary key, name text default 'key')`,
  ],
  [
    'a URL without a password',
    `comment on table t is 'see https://example.org/a:b'`,
    `comment on table t is 'see https://example.org/a:b'`,
  ],
]

describe.each(majors())('redaction on PostgreSQL %i', (major) => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
  })
  afterAll(async () => {
    await database.close()
  })

  it.each(cases)('%s', async (_, given, kept) => {
    const client = await database.session()
    expect(await onlyValue(client, 'select script_tracking.redact($1)', [given])).toBe(kept)
  })

  it('means the same where the session reads backslashes in its own way', async () => {
    const client = await database.session()
    await client.query('set standard_conforming_strings = off; set escape_string_warning = off')
    expect(await onlyValue(client, 'select script_tracking.redact($1)', [`alter role r password 'geheim'`])).toBe(
      `alter role r password ${mask}`,
    )
  })

  it('keeps no trace of a secret in what the trigger records', async () => {
    const client = await database.session()
    await client.query('create foreign data wrapper redacting')
    await client.query(`create server redacting foreign data wrapper redacting options (host 'h', password 'sesam-1')`)
    await client.query(`create user mapping for public server redacting options (user 'u', password 'sesam-2')`)
    await client.query(`alter user mapping for public server redacting options (set password 'sesam-3')`)
    await client.query(
      `create role sesam_${major} password 'sesam-4'; create table redacted (); drop role sesam_${major}`,
    )
    await client.query(
      `do $$ begin execute 'create table inner_redacted (); comment on table inner_redacted is ''password=sesam-5'''; end $$`,
    )
    await client.query(
      `select script_tracking.complete_operation(script_tracking.track_script_execution(
      'script', 'MANUAL', content => $1), false, $2)`,
      ["alter role x password 'sesam-6'", 'in: password=sesam-7'],
    )
    const dump = await onlyValue(
      client,
      `select string_agg(l::text, '') || coalesce((select string_agg(t.body, '') from script_tracking.text t), '')
       from script_tracking.ledger l`,
    )
    expect(dump).toContain('inner_redacted')
    expect(dump).not.toMatch(/sesam-\d/)
  })
})
