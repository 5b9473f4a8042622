import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Api } from '../../core/contract.ts'
import { Failure } from '../../core/fault.ts'
import type { LogEnough, LogUpload, PickedLog } from '../../core/logs/contract.ts'
import type { Context, Services } from '../../core/wire.ts'
import type { Connections, Database } from '../connections/index.ts'
import type { Recorder } from '../history/index.ts'
import type { Host } from '../host.ts'
import { detectedBytes, readBeginning, Samples } from './detecting.ts'
import { exportLogs } from './exporting.ts'
import { headOf, importLog } from './importing.ts'
import * as listing from './listing.ts'
import { findOverlaps } from './overlaps.ts'
import { firstBytes, forgotten, wholeLines } from './read.ts'
import { applyLogSettings, logSettings, serverLogs } from './server.ts'
import { knownFiles } from './session.ts'
import { findLog, type PackedLog } from './sources.ts'
import { packingOf, unpack } from './unpack/unpack.ts'
import * as views from './views.ts'

export interface Logs {
  service: Services<Api>['logs']
  /** Stops what is imported; what was committed stays. */
  close(): Promise<void>
}

interface Dependencies {
  connections: Pick<Connections, 'database'>
  host: Pick<Host, 'receiveFile' | 'pickFiles' | 'takesPaths' | 'saveFile'>
  recorder: Recorder
  operationOf: listing.OperationOf
  /** Unpacked bytes that are committed at once; about 8 MB where absent. */
  batchBytes?: number
}

/** Enough to tell how a file is packed. */
const headBytes = 512

interface Running {
  peer: number
  pause(paused: boolean): void
}

export function createLogs({ connections, host, recorder, operationOf, batchBytes }: Dependencies): Logs {
  const samples = new Samples()
  /** Paths that a person picked, by an id that the window is given. */
  const picked = new Map<string, string>()
  const running = new Map<string, Running>()
  const closing = new AbortController()
  const under = new Set<Promise<unknown>>()
  const knownPeers = new Set<number>()

  const at = (connection: string): Database => connections.database(connection)

  function logOf(
    source: Parameters<typeof findLog>[0],
    ask: (upload: LogUpload | LogEnough) => void,
  ): Promise<PackedLog> {
    return findLog(source, { host, picked, database: at, ask })
  }

  function releaseWith({ peer }: Pick<Context<never>, 'peer'>): void {
    if (knownPeers.has(peer.id)) return
    knownPeers.add(peer.id)
    peer.onClose(() => {
      knownPeers.delete(peer.id)
      samples.release(peer.id)
    })
  }

  async function pick(): Promise<PickedLog[] | null> {
    if (host.pickFiles === undefined) {
      throw new Failure({ code: 'unsupported', message: 'A browser chooses files by a dialog of its own.' })
    }
    const paths = await host.pickFiles('Import server logs')
    if (paths === null) return null
    return await Promise.all(
      paths.map(async (path) => {
        const id = randomUUID()
        picked.set(id, path)
        return { id, name: basename(path), bytes: (await stat(path)).size }
      }),
    )
  }

  return {
    service: {
      pick: () => pick(),
      detect: async ({ source, connection, ...manner }, context) => {
        releaseWith(context)
        const log = await logOf(source, context.emit)
        const head = await firstBytes(log.open(context.signal, headBytes), headBytes)
        const beginning = await firstBytes(
          unpack(log.open(context.signal, detectedBytes * 2), forgotten),
          detectedBytes,
        )
        const text = wholeLines(beginning, detectedBytes)
        const { reading, events } = await readBeginning(text, { ...manner, writtenBy: log.writtenBy })
        const overlaps = connection === undefined ? [] : await overlapsOf(at(connection), beginning, events)
        return {
          ...reading,
          sample: samples.keep(context.peer.id, { beginning: text, writtenBy: log.writtenBy }),
          name: log.name,
          bytes: log.bytes,
          packing: packingOf(head),
          overlaps,
        }
      },
      preview: async ({ sample, ...manner }, { peer }) => {
        const { beginning, writtenBy } = samples.of(peer.id, sample)
        return (await readBeginning(beginning, { ...manner, writtenBy })).reading
      },
      import: async ({ connection, source, ...input }, { peer, signal, emit }) => {
        const database = at(connection)
        const log = await logOf(source, emit)
        const id = randomUUID()
        const work = importLog({
          id,
          database,
          log,
          input,
          recorder,
          signal: AbortSignal.any([signal, closing.signal]),
          emit,
          onReader: (pause) => void running.set(id, { peer: peer.id, pause }),
          batchBytes,
        })
        under.add(work)
        try {
          return await work
        } finally {
          under.delete(work)
          running.delete(id)
        }
      },
      pause: ({ import: id, paused }, { peer }) => {
        const found = running.get(id)
        if (found === undefined || found.peer !== peer.id) {
          throw new Failure({ code: 'not_found', message: 'This import has ended.' })
        }
        found.pause(paused)
        return null
      },
      files: ({ connection }) => listing.files(at(connection)),
      refused: ({ connection, ...page }) => listing.refused(at(connection), page),
      serverFiles: ({ connection }) => serverLogs(at(connection)),
      settings: ({ connection }) => logSettings(at(connection)),
      applySettings: ({ connection, names, confirmed: _, ...reasons }) =>
        applyLogSettings(at(connection), recorder, names, reasons),
      timeline: (input) => listing.timeline(at(input.connection), operationOf, input),
      lines: (input) => views.lines(at(input.connection), input),
      line: ({ connection, ...place }) => views.line(at(connection), place),
      statements: (input) => views.statements(at(input.connection), input),
      errors: (input) => views.errors(at(input.connection), input),
      series: (input) => views.series(at(input.connection), input),
      facets: (input) => views.facets(at(input.connection), input),
      export: async (input, { signal, emit }) =>
        await exportLogs(input, {
          database: at(input.connection),
          operationOf,
          recorder,
          saveFile: host.saveFile,
          signal,
          emit,
        }),
    },
    close: async () => {
      closing.abort(new Failure({ code: 'cancelled', message: 'pgSteward is ending.' }))
      await Promise.allSettled(under)
    },
  }
}

/** None where this database keeps no logs, or this role may not see them. */
async function overlapsOf(database: Database, beginning: Uint8Array, events: Parameters<typeof findOverlaps>[1]) {
  const itself = await knownFiles(database, headOf(beginning))
  return itself === null ? [] : await findOverlaps(database, events, itself)
}
