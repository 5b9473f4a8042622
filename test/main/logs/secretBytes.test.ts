import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usersPrefix } from '../../core/logs/read.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { type Desk, openDesk } from './desk.ts'

/** In no file of a server, in no program. */
const secret = 'Zk7qGeheimX9'

const statements = [
  `alter role ann password '${secret}'`,
  `create role ann login encrypted password E'a\\'${secret}'`,
  `alter user ann with password $$${secret}$$`,
  `alter role ann password $q$${secret}$q$`,
  `alter role ann password U&'${secret}'`,
  `create user mapping for ann server far options (user 'ann', password '${secret}')`,
  `alter user mapping for ann server far options (set password '${secret}')`,
  `create subscription s connection 'host=far user=ann password=${secret}' publication p`,
  `alter subscription s connection 'postgres://ann:${secret}@far/shop'`,
  `select dblink_connect('c', 'host=far password=${secret}')`,
  `select * from dblink('host=far password=''${secret}''', 'select 1') t (a int)`,
  `insert into users (login, password) values ('ann', '${secret}')`,
  `update users set api_key = '${secret}' where login = 'ann'`,
  `do $do$ begin alter role ann password '${secret}'; end $do$`,
  `do $do$ declare v_password constant text := '${secret}'; begin perform 1; end $do$`,
  `merge into users u using s on u.id = s.id when not matched then insert (login, password) values ('ann', '${secret}')`,
  `select pgp_sym_encrypt('data', '${secret}')`,
  `select * from users where ((password)::text = '${secret}'::text)`,
  `update t set doc = jsonb_set(doc, '{a,password}', '"${secret}"')`,
  `create subscription s connection $$host=far password=${secret}$$ publication p`,
  `alter system set primary_conninfo = 'host=far user=repl password=''${secret}'''`,
  `alter role ann password U&'!005a${secret}' uescape '!'`,
  `create view v (login, password) as select 'ann', '${secret}'`,
]

interface Message {
  severity: string
  text: string
  detail?: string
  context?: string
  statement?: string
}

/** What a server says of them: each as it ran, as it failed, within a function, in a plan, and with parameters. */
const messages: Message[] = [
  ...statements.flatMap((sql): Message[] => [
    { severity: 'LOG', text: `statement: ${sql}` },
    { severity: 'LOG', text: 'duration: 1.000 ms' },
    { severity: 'ERROR', text: 'permission denied', statement: sql },
    {
      severity: 'ERROR',
      text: 'no',
      context: `SQL statement "${sql}"\nPL/pgSQL function f() line 3 at EXECUTE`,
      statement: 'select f()',
    },
    { severity: 'LOG', text: `duration: 2.000 ms  plan:\nQuery Text: ${sql}\nResult  (cost=0.00..0.01 rows=1)` },
    { severity: 'LOG', text: `duration: 3.000 ms  execute p: ${sql}` },
  ]),
  ...statements.map((sql) => ({
    severity: 'LOG',
    text: `duration: 2.000 ms  plan:\n${JSON.stringify({ 'Query Text': sql, Plan: { 'Node Type': 'Result' } }, null, 2)}`,
  })),
  ...statements.map((sql) => ({
    severity: 'LOG',
    text: `AUDIT: SESSION,1,1,ROLE,ALTER ROLE,,,"${sql.replaceAll('"', '""')}",<not logged>`,
  })),
  { severity: 'LOG', text: 'statement: prepare p as insert into users (login, password) values ($1, $2)' },
  { severity: 'ERROR', text: `value too long: "${secret}"`, statement: `execute p('ann', '${secret}')` },
  {
    severity: 'ERROR',
    text: 'extra data',
    context: `COPY users, line 1: "ann,${secret},x"`,
    statement: 'copy users (login, password) from stdin',
  },
  { severity: 'LOG', text: `parameter "app.jwt_secret" changed to "${secret}"` },
  {
    severity: 'LOG',
    text: 'duration: 1.000 ms  execute <unnamed>: insert into users (login, password) values ($1, $2)',
    detail: `Parameters: $1 = 'ann', $2 = '${secret}'`,
  },
  {
    severity: 'ERROR',
    text: 'duplicate key value violates unique constraint "users_key"',
    detail: `Key (login, password)=(ann, ${secret}) already exists.`,
    statement: 'insert into users (login, password) values ($1, $2)',
  },
]

const time = '2026-01-28 10:00:00'

const written = {
  stderr: () =>
    messages
      .flatMap(({ severity, text, detail, context, statement }) =>
        [
          `${severity}:  ${text}`,
          detail && `DETAIL:  ${detail}`,
          context && `CONTEXT:  ${context}`,
          statement && `STATEMENT:  ${statement}`,
        ]
          .filter((part) => part !== undefined)
          .map(
            (part) =>
              `${time} UTC [4000]: [1-1] user=ann,db=shop,app=psql,client=[local] ${part.replaceAll('\n', '\n\t')}\n`,
          ),
      )
      .join(''),
  csv: () =>
    messages
      .map(({ severity, text, detail, context, statement }) => {
        const head = `${time}.000 UTC,"ann","shop",4000,"[local]",65a1.fa0,1,"SELECT",${time} UTC,3/1,0,${severity},00000`
        const quoted = [text, detail, '', '', '', context, statement, '', '', 'psql', 'client backend'].map((field) =>
          field === undefined || field === '' ? '' : `"${field.replaceAll('"', '""')}"`,
        )
        return `${head},${quoted.join(',')},,0\n`
      })
      .join(''),
  json: () =>
    messages
      .map(({ severity, text, ...more }) =>
        JSON.stringify({
          timestamp: `${time}.000 UTC`,
          user: 'ann',
          dbname: 'shop',
          pid: 4000,
          session_id: '65a1.fa0',
          line_num: 1,
          session_start: `${time} UTC`,
          error_severity: severity,
          message: text,
          ...more,
          backend_type: 'client backend',
          query_id: 0,
        }),
      )
      .join('\n')
      .concat('\n'),
}

describe('the secrets of a log', () => {
  let server: Server
  let database: TestDatabase
  let desk: Desk
  let folder: string
  beforeAll(async () => {
    server = await startServer({ major: sharedServer().major })
    database = await TestDatabase.tracked(server)
    desk = await openDesk({ server, database: database.name })
    folder = await mkdtemp(join(tmpdir(), 'pgsteward-secret-'))
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(['stderr', 'csv', 'json'] as const)(
    'of %s are in no file of the server, its WAL included, nor of this program',
    async (format) => {
      const log = `${written[format]()}junk alter role ann password '${secret}'\n`
      const path = join(folder, `a.${format}`)
      await writeFile(path, log)
      const summary = await desk.import(path, format === 'stderr' ? { prefix: usersPrefix } : {})
      expect(summary).toMatchObject({ outcome: 'imported' })
      expect(summary.events).toBeGreaterThanOrEqual(statements.length * 4)
      const client = await database.session()
      // The statements are there: it is the secret alone that is not.
      const found = await rowsOf(
        client,
        `select count(*)::int as n from script_tracking.imported_operation where statement like 'alter role ann password%'`,
      )
      expect(found).not.toEqual([{ n: 0 }])
      await client.query('checkpoint')
      for (const root of [server.folder, desk.folder]) {
        const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
        expect(files.length).toBeGreaterThan(0)
        for (const { parentPath, name } of files) {
          const bytes = await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0)) // Gone meanwhile.
          expect(bytes.includes(secret), join(parentPath, name)).toBe(false)
        }
      }
    },
  )
})
