import { z } from 'zod'
import type { Api } from '../../core/contract.ts'
import type { ModelExport, ModelExportInput } from '../../core/erd/contract.ts'
import { allPartitions, type Model } from '../../core/erd/model.ts'
import { selected } from '../../core/erd/select.ts'
import { writers } from '../../core/erd/writers.ts'
import { type ExportEvent, fileNameOf } from '../../core/exportFile.ts'
import { Failure } from '../../core/fault.ts'
import { quoteName } from '../../core/quote.ts'
import type { Services } from '../../core/wire.ts'
import type { Connections, Database } from '../connections/index.ts'
import type { Host } from '../host.ts'
import { cancelBackend } from '../postgres/cancel.ts'
import { endSession } from '../postgres/session.ts'
import { writeWhole } from '../writeWhole.ts'
import { readModel } from './read.ts'

export { addErdCommand } from './command.ts'

interface Dependencies {
  connections: Pick<Connections, 'database'>
  saveFile: Host['saveFile']
}

/** What databases are made of, for diagrams, comparisons and scripts. */
export interface Erd {
  service: Services<Api>['erd']
}

export function createErd({ connections, saveFile }: Dependencies): Erd {
  return {
    service: {
      export: ({ connection, ...input }, { signal, emit }) =>
        exported(connections.database(connection), saveFile, input, signal, emit),
    },
  }
}

/** Text is handed over in pieces of about this many characters. */
const pieceLength = 65_536

async function exported(
  database: Database,
  saveFile: Host['saveFile'],
  { format, path, ...selection }: Omit<ModelExportInput, 'connection'>,
  signal: AbortSignal,
  emit: (event: ExportEvent) => void,
): Promise<ModelExport | null> {
  const began = performance.now()
  const { write: parts, extension, mediaType, name } = writers[format]
  const fileName = fileNameOf(selection.table ?? database.settings.database ?? 'database', extension)
  const target = await saveFile({ fileName, mediaType, kind: { name, extension }, path })
  if (target === null) return null
  const model = selected(await modelOf(database, signal), selection)
  if (target.url !== null) emit({ kind: 'download', url: target.url })
  let bytes = 0
  const { sha256 } = await writeWhole(target, signal, async (write) => {
    for (const piece of pieces(parts(model))) {
      signal.throwIfAborted()
      const encoded = Buffer.from(piece)
      await write(encoded)
      bytes += encoded.length
    }
  })
  return {
    file: target.file,
    bytes,
    durationMs: performance.now() - began,
    sha256,
    ...counts(model),
    remarks: remarks(model),
  }
}

/** Reads the model in a session of its own, which a signal cancels at the server. */
async function modelOf(database: Database, signal: AbortSignal): Promise<Model> {
  signal.throwIfAborted()
  const client = await database.connect('erd')
  // A session that is cut rejects what it is asked.
  client.on('error', () => {})
  try {
    const { rows } = await client.query('select pg_catalog.pg_backend_pid()::text as pid')
    const { pid } = backendRow.parse(rows[0])
    const cancel = () => {
      // Where even this fails, the query ends by its own time.
      cancelBackend(() => database.connect('erd'), pid).catch(() => undefined)
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await readModel(client, database.identity, signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
      throw new Failure(
        { code: 'cancelled', message: 'The export was cancelled. No file was left.' },
        { cause: thrown },
      )
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  } finally {
    await endSession(client)
  }
}

const backendRow = z.object({ pid: z.coerce.number().int() })

function* pieces(parts: Iterable<string>): Generator<string> {
  let gathered: string[] = []
  let length = 0
  for (const part of parts) {
    gathered.push(part)
    length += part.length
    if (length < pieceLength) continue
    yield gathered.join('')
    gathered = []
    length = 0
  }
  if (length > 0) yield gathered.join('')
}

function counts({ tables, views }: Model): Pick<ModelExport, 'tables' | 'views' | 'foreignKeys'> {
  let foreignKeys = 0
  for (const table of tables) {
    for (const { constraints } of [table, ...allPartitions(table)]) {
      foreignKeys += constraints.filter(({ kind }) => kind === 'foreign key').length
    }
  }
  return { tables: tables.length, views: views.length, foreignKeys }
}

/** As many names a remark has. */
const mostNamed = 10

function remarks(model: Model): string[] {
  const all = [...model.tables, ...model.views]
  const unreadable = all.filter(({ readable }) => !readable).map(({ schema, name }) => quoteName(schema, name))
  const named = unreadable.slice(0, mostNamed).join(', ')
  const more = unreadable.length > mostNamed ? ` and ${unreadable.length - mostNamed} more` : ''
  return [
    ...model.notes,
    ...(all.length === 0 ? ['There are no tables in what was asked for.'] : []),
    ...(unreadable.length === 0
      ? []
      : [`Rows of these this role may not read; what they are made of is here all the same: ${named}${more}.`]),
  ]
}
