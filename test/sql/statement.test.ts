import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../ground/shared.ts'
import { onlyValue, rowsOf, TestDatabase } from './tracked.ts'

/** Messages in pieces: each must be cut exactly between them, wherever semicolons stand inside. */
const messages: Record<string, string[]> = {
  'strings, also with doubled quotes and escapes': [
    `create table a1 (t text default 'x;''y;')`,
    `comment on table a1 is E'it\\'s; \\\\'`,
    `comment on table a1 is U&'d!0061;' uescape '!'`,
    `comment on column a1.t is 'e';`,
  ],
  'names in quotes': [`create table "a;""b;" ("c;" int)`, `comment on table "a;""b;" is 'x'`],
  'dollar quotes': [
    'create function d1() returns int language sql as $$ select 1; select 2; $$',
    'create function d2() returns text language sql as $a$ select $$;$$::text; $a$',
    'comment on function d2() is $été$;$été$',
    'create table d$3$ (a$b int)',
  ],
  comments: [
    `-- first; of all\ncreate table c1 (a int -- a column; with 'half a quote\n)`,
    '/* outer; /* inner; */ still; */ create table c2 ()',
    `comment on table c2 is 'a - b / c'`,
  ],
  'a rule with several actions': [
    'create table r1 (a int)',
    'create rule r as on insert to r1 do also (delete from r1 where a < 0; delete from r1 where a > 9)',
    'drop rule r on r1',
  ],
  'commands that record nothing between those that do': [
    'create temp table n1 (a int)',
    'create table n2 (a int)',
    'insert into n2 values (1)',
    `comment on table n1 is 'temporary'`,
    `comment on table n2 is 'not temporary'`,
    'grant connect on database postgres to public',
    'grant select on n2 to public',
    'drop table n1',
    'drop table n2',
  ],
  'transactions within a message': ['begin', 'create table t1 ()', 'commit', 'create table t2 ()', 'drop table t1, t2'],
  'a secret in one of them': [`create table s1 ()`, `comment on table s1 is 'host=a password=xyzzy'`, 'drop table s1'],
}

const bodies = [
  'create function b1(a int) returns int language sql begin atomic; select case when a > 0 then 1 else 2 end; select a; end',
  'create table b2 (a int)',
  `create or replace procedure b3() language sql begin atomic; insert into b2 values (1); end`,
]

describe.each(majors())('the statement of each command of a message on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let before: unknown

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
  })
  afterAll(async () => {
    await database.close()
  })
  beforeEach(async () => {
    before = await onlyValue(client, 'select coalesce(max(version_number), 0) from script_tracking.ledger')
  })

  const contents = async () =>
    (
      await rowsOf(
        client,
        `select script_content from script_tracking.execution_state where version_number > $1 order by version_number`,
        [before],
      )
    ).map(({ script_content }) => script_content)

  /** What of a message an event trigger is fired for and is not temporary. */
  const recorded = (message: string[]) =>
    message
      .filter(
        (each) => !/^(?:begin|commit|insert|grant connect|create temp|drop table n1|comment on table n1)/.test(each),
      )
      .map((each) => each.replace(/;$/, '').replace('password=xyzzy', 'password=********'))

  it.each(Object.entries(messages))('%s', async (_, message) => {
    await client.query(message.map((each) => each.replace(/;$/, '')).join('; \n'))
    expect(await contents()).toEqual(recorded(message))
  })

  it.runIf(major >= 14)('bodies of routines without quotes', async () => {
    await client.query(bodies.join(';\n'))
    expect(await contents()).toEqual(bodies)
  })

  it('strings in which a backslash escapes', async () => {
    await client.query(
      `set standard_conforming_strings = off; set escape_string_warning = off; set backslash_quote = on`,
    )
    const message = [`create table o1 (a text default 'it\\'s;')`, `comment on table o1 is 'x'`]
    await client.query(message.join('; '))
    await client.query(`reset standard_conforming_strings; reset escape_string_warning; reset backslash_quote`)
    expect(await contents()).toEqual(message)
  })

  it('the whole message where a function in SQL gives the command', async () => {
    await client.query(`create function makes() returns void language sql as 'create table made_by_sql ()'`)
    before = await onlyValue(client, 'select max(version_number) from script_tracking.ledger')
    const message = 'select makes(); create table made_after ()'
    await client.query(message)
    expect(await contents()).toEqual([message, 'create table made_after ()'])
  })

  it('the same one to both where another event trigger gives a command too', async () => {
    await client.query(`
      create function follow() returns event_trigger language plpgsql as $$
      begin
        if tg_tag = 'DROP VIEW' then execute 'drop table if exists followed'; end if;
      end $$;
      create event trigger a_first on sql_drop execute function follow();
      create table followed (); create view v as select 1`)
    before = await onlyValue(client, 'select max(version_number) from script_tracking.ledger')
    await client.query('drop view v')
    await client.query('drop event trigger a_first')
    expect(
      await rowsOf(
        client,
        `select command_tag, object_identity, content, metadata from script_tracking.ledger where version_number > $1 order by 1`,
        [before],
      ),
    ).toEqual([
      {
        command_tag: 'DROP TABLE',
        object_identity: 'public.followed',
        content: 'drop table if exists followed',
        metadata: null,
      },
      { command_tag: 'DROP VIEW', object_identity: 'public.v', content: 'drop view v', metadata: null },
    ])
  })

  it('its own one of texts in which a character takes several bytes, wherever a piece of the message ends', async () => {
    await client.query('create table wide ()')
    const message = [480, 499, 500, 501, 502, 503, 504, 3999, 4000, 4001].map(
      (length, n) => `comment on table wide is '${'é漢🐘'.repeat(length)}${n}'`,
    )
    await client.query(message.join(';'))
    expect(await contents()).toEqual(['create table wide ()', ...message])
  })

  it('the whole message, kept once, where it is too long to be cut for each of its commands', async () => {
    await client.query('create table vast ()')
    const message = Array.from({ length: 30 }, (_, n) => `comment on table vast is '${'é'.repeat(10_000)}${n}'`).join(
      ';',
    )
    await client.query(message)
    expect(await contents()).toEqual(['create table vast ()', ...Array.from({ length: 30 }, () => message)])
    expect(await onlyValue(client, 'select count(*)::int from script_tracking.text where body = $1', [message])).toBe(1)
  })

  it('a message of 16 MB, whole and once', async () => {
    const message = `create table huge (a text); ${`insert into huge values ('${'ü'.repeat(1000)}');\n`.repeat(9_000)} drop table huge`
    expect(Buffer.byteLength(message)).toBeGreaterThan(16 * 1024 * 1024)
    await client.query(message)
    expect(
      await rowsOf(
        client,
        `select s.command_tag as tag, s.script_content = $1 as whole, s.script_hash = sha256(convert_to($1, 'UTF8')) as hashed
         from script_tracking.execution_state s where s.command_tag ~ 'TABLE' order by s.version_number desc limit 2`,
        [message],
      ),
    ).toEqual([
      { tag: 'DROP TABLE', whole: true, hashed: true },
      { tag: 'CREATE TABLE', whole: true, hashed: true },
    ])
    expect(
      await onlyValue(client, 'select count(*)::int from script_tracking.text where octet_length(body) > 16 * 2 ^ 20'),
    ).toBe(1)
  })

  it('a long message costs each command its own statement alone', async () => {
    const message = Array.from(
      { length: 300 },
      (_, index) => `create table l${index} (a text default '${'x;'.repeat(150)}')`,
    )
    await client.query(message.join(';\n'))
    expect(await contents()).toEqual(message)
  })
})
