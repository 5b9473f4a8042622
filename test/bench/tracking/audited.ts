import { existsSync } from 'node:fs'
import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quoteName } from '../../../src/core/quote.ts'
import { unprivilegedAccount } from '../../../src/main/postgres/account.ts'
import { startEmbedded } from '../../../src/main/postgres/embedded.ts'
import { reach } from '../../ground/server.ts'
import { TestDatabase } from '../../sql/tracked.ts'

/** Where Debian's postgresql-15 and postgresql-15-pgaudit put themselves. */
const debian = '/usr/lib/postgresql/15'

/** Why nothing can be compared with pgAudit here; null where it can. */
export function pgAuditMissing(): string | null {
  return existsSync(join(debian, 'lib', 'pgaudit.so')) ? null : `There is no ${debian}/lib/pgaudit.so.`
}

/** What any recorder in PL/pgSQL does at least: it asks what the command touched, and inserts one row without an index. */
const leastTrigger = `
  create table public.noted (a timestamptz, b text, c text);
  create function public.note() returns event_trigger language plpgsql as
    $$ begin insert into public.noted select clock_timestamp(), c.command_tag, c.object_identity from pg_event_trigger_ddl_commands() c; end $$;
  create event trigger note on ddl_command_end execute function public.note()`

export interface AuditedServer {
  untracked: TestDatabase
  /** The least event trigger that records a command: what is added by it, no recorder in PL/pgSQL comes below. */
  least: TestDatabase
  /** pgAudit writes its DDL to the server's log, and nothing else differs from `untracked`. */
  audited: TestDatabase
  tracked: TestDatabase
  stop(): Promise<void>
}

/** Debian's PostgreSQL 15 with pgAudit loaded, and four databases in it. It keeps its word to disk, as the others. */
export async function startAudited(): Promise<AuditedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-'))
  const account = await unprivilegedAccount()
  if (account !== null) await chown(folder, account.uid, account.gid)
  const server = await startEmbedded({
    dataFolder: join(folder, 'data'),
    binaries: debian,
    settings: {
      shared_preload_libraries: 'pgaudit',
      shared_buffers: '512MB',
      checkpoint_timeout: '1h',
      max_wal_size: '4GB',
    },
    temporary: folder,
  })
  const { host, port, superuser, password, dataFolder } = server
  const address = reach({ major: 15, host, port, superuser, password, dataFolder })
  const audited = await TestDatabase.create(address)
  const admin = await audited.session()
  await admin.query('create extension pgaudit')
  await admin.query(`alter database ${quoteName(audited.name)} set pgaudit.log = 'ddl'`)
  const untracked = await TestDatabase.create(address)
  const least = await TestDatabase.create(address)
  await (await least.session()).query(leastTrigger)
  const tracked = await TestDatabase.tracked(address)
  return {
    untracked,
    least,
    audited,
    tracked,
    stop: async () => {
      await Promise.all([untracked, least, audited, tracked].map((database) => database.close()))
      await server.stop()
    },
  }
}
