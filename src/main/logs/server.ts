import { z } from 'zod'
import { Failure, toFault } from '../../core/fault.ts'
import type { LogSetting, LogSettings, ServerLogs } from '../../core/logs/contract.ts'
import { quoteName, quoteValue } from '../../core/quote.ts'
import type { GivenReasons } from '../../core/reasons.ts'
import { type Database, demandReasonsFor } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'

const document = z.object({ document: z.string() })

async function documentOf<T>(database: Database, shape: z.ZodType<T>, sql: string): Promise<T> {
  const { rows } = await database.query(sql)
  return shape.parse(JSON.parse(document.parse(rows[0]).document))
}

const mannerShape = z.object({
  prefix: z.string(),
  timeZone: z.string(),
  collector: z.boolean(),
  mayRead: z.boolean(),
})

const filesShape = z.array(
  z.object({ name: z.string(), bytes: z.number(), modifiedAt: z.string(), current: z.boolean() }),
)

/** The server's own log files, the latest first, where this role may list them. */
export async function serverLogs(database: Database): Promise<ServerLogs> {
  const { prefix, timeZone, collector, mayRead } = await documentOf(
    database,
    mannerShape,
    `select pg_catalog.json_build_object(
       'prefix', pg_catalog.current_setting('log_line_prefix'), 'timeZone', pg_catalog.current_setting('log_timezone'),
       'collector', pg_catalog.current_setting('logging_collector') = 'on',
       'mayRead', pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)', 'execute')
         and pg_catalog.has_function_privilege('pg_catalog.pg_ls_logdir()', 'execute'))::text as document`,
  )
  const without = (message: string, hint: string): ServerLogs => ({
    files: [],
    problem: { message, hint },
    prefix,
    timeZone,
  })
  if (!mayRead) {
    return without(
      'This role may not read the server’s log files.',
      `A superuser can allow it: grant pg_monitor to ${quoteName(database.server.user)}; grant execute on function pg_read_binary_file(text, bigint, bigint, boolean) to ${quoteName(database.server.user)}`,
    )
  }
  try {
    const files = await documentOf(
      database,
      filesShape,
      `select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
         'name', l.name, 'bytes', l.size,
         'modifiedAt', pg_catalog.to_char(l.modification at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'current', l.name = any (array[
           pg_catalog.regexp_replace(pg_catalog.pg_current_logfile('stderr'), '^.*/', ''),
           pg_catalog.regexp_replace(pg_catalog.pg_current_logfile('csvlog'), '^.*/', '')
           ${database.server.versionNumber >= 150_000 ? `, pg_catalog.regexp_replace(pg_catalog.pg_current_logfile('jsonlog'), '^.*/', '')` : ''}
         ]) is true
       ) order by l.modification desc, l.name), '[]')::text as document
       from pg_catalog.pg_ls_logdir() l`,
    )
    if (files.length > 0) return { files, problem: null, prefix, timeZone }
  } catch (thrown) {
    const { sqlstate, message } = toFault(thrown)
    // The folder is made with the first file; a role may lack a right that is asked for inside.
    if (sqlstate !== '58P01' && sqlstate !== '42501') throw thrown
    if (sqlstate === '42501') return without('This role may not read the server’s log files.', message)
  }
  return collector
    ? without(
        'The server’s log folder holds no file.',
        'It may write its log elsewhere: ask whoever runs it for the file.',
      )
    : without(
        'The server does not collect its log into files (logging_collector is off).',
        'What starts it keeps the log, such as systemd or a container: take the file from there.',
      )
}

interface Proposal {
  name: string
  proposed: string
  why: string
  isGood(current: string): boolean
}

const proposals: readonly Proposal[] = [
  {
    name: 'log_line_prefix',
    proposed: '%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
    why: 'Says when, in which session, who, in which database, and from where.',
    isGood: (current) =>
      /%[mn]/.test(current) &&
      /%[pc]/.test(current) &&
      current.includes('%u') &&
      current.includes('%d') &&
      /%[hr]/.test(current),
  },
  {
    name: 'log_min_duration_statement',
    proposed: '0',
    why: 'Logs each statement with how long it took, in one line. A busy server writes much: then 100 is a start.',
    isGood: (current) => current === '0',
  },
  {
    name: 'log_statement',
    proposed: 'ddl',
    why: 'Logs DDL before it runs, also where it fails or is rolled back.',
    isGood: (current) => current !== 'none',
  },
  {
    name: 'log_connections',
    proposed: 'on',
    why: 'Tells who comes in, and what each session is called.',
    isGood: (current) => !['off', ''].includes(current),
  },
  {
    name: 'log_disconnections',
    proposed: 'on',
    why: 'Tells how long each session lasted.',
    isGood: (current) => current === 'on',
  },
  {
    name: 'log_checkpoints',
    proposed: 'on',
    why: 'Tells what each checkpoint wrote.',
    isGood: (current) => current === 'on',
  },
  {
    name: 'log_lock_waits',
    proposed: 'on',
    why: 'Tells who waits for whose lock for longer than deadlock_timeout.',
    isGood: (current) => current === 'on',
  },
  {
    name: 'log_temp_files',
    proposed: '0',
    why: 'Tells which statements outgrow work_mem, and by how much.',
    isGood: (current) => current !== '-1',
  },
  {
    name: 'log_autovacuum_min_duration',
    proposed: '0',
    why: 'Tells what autovacuum does, and how long it takes.',
    isGood: (current) => current !== '-1',
  },
  {
    name: 'logging_collector',
    proposed: 'on',
    why: 'Writes the log into files of its own, which can be read here.',
    isGood: (current) => current === 'on',
  },
]

const settingsShape = z.object({
  settings: z.array(z.object({ name: z.string(), setting: z.string(), context: z.string() })),
  superuser: z.boolean(),
})

export async function logSettings(database: Database): Promise<LogSettings> {
  const names = proposals.map(({ name }) => quoteValue(name)).join(', ')
  const { settings, superuser } = await documentOf(
    database,
    settingsShape,
    `select pg_catalog.json_build_object(
       'settings', (
         select pg_catalog.json_agg(pg_catalog.json_build_object('name', s.name, 'setting', s.setting, 'context', s.context))
         from pg_catalog.pg_settings s where s.name in (${names})),
       'superuser', (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user))::text as document`,
  )
  const found = new Map(settings.map((setting) => [setting.name, setting]))
  return {
    settings: proposals.flatMap(({ name, proposed, why, isGood }): LogSetting[] => {
      const setting = found.get(name)
      if (setting === undefined) return []
      return [
        {
          name,
          current: setting.setting,
          proposed,
          why,
          good: isGood(setting.setting),
          needsRestart: setting.context === 'postmaster',
          sql: sqlOf({ name, proposed }),
        },
      ]
    }),
    problem: problemOf(database, superuser),
  }
}

function problemOf({ settings: { readOnly } }: Database, superuser: boolean): string | null {
  if (readOnly) {
    return 'This connection is read-only: nothing can be changed over it. Open the server by a connection that may change it.'
  }
  return superuser
    ? null
    : 'Settings of the whole server are for a superuser to change. Of a managed server, its provider’s console does it.'
}

/** Changes what was named to what is proposed. `alter system` takes no transaction: each counts for itself. */
export async function applyLogSettings(
  database: Database,
  recorder: Recorder,
  names: readonly string[],
  reasons: GivenReasons,
): Promise<LogSettings> {
  const { problem } = await logSettings(database)
  if (problem !== null) throw new Failure({ code: 'refused', message: problem })
  demandReasonsFor('changes', database, reasons)
  const chosen = names.map((name) => {
    const proposal = proposals.find((each) => each.name === name)
    if (proposal === undefined)
      throw new Failure({ code: 'invalid_input', message: `Nothing is proposed for ${name}.` })
    return proposal
  })
  const sql = [...chosen.map(sqlOf), 'select pg_catalog.pg_reload_conf()']
  const record = await recorder.begin(database, {
    sql: `${sql.join(';\n')};`,
    name: 'Settings of the server log',
    type: 'MAINTENANCE',
    category: 'LOGS',
    reasons,
  })
  const began = performance.now()
  try {
    for (const statement of sql) await database.query(statement)
  } catch (thrown) {
    const { message, sqlstate } = toFault(thrown)
    record.finish('FAILED', { errorMessage: message, errorCode: sqlstate ?? null })
    throw thrown
  }
  record.finish('COMPLETED', { durationMs: Math.round(performance.now() - began) })
  return await logSettings(database)
}

function sqlOf({ name, proposed }: Pick<Proposal, 'name' | 'proposed'>): string {
  return `alter system set ${name} = ${quoteValue(proposed)}`
}
