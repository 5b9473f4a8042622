import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { ImportProgress, ImportSummary, LogDetection, LogReading } from '../../../src/core/logs/contract.ts'
import type { Services } from '../../../src/core/wire.ts'
import { doubtsOf } from '../../../src/renderer/logs/import/item.ts'
import { createImportStore } from '../../../src/renderer/logs/import/store.ts'
import { noReasons } from '../../../src/renderer/ui/reasons.ts'
import { openConnection, openWindow, type Window } from '../window.ts'

type LogServices = Services<Api>['logs']

const reading: LogReading = {
  format: 'stderr',
  prefix: '%m [%p] ',
  timeZone: null,
  explains: 1,
  rivals: [],
  trusted: true,
  lines: 3,
  unexplained: [],
  events: [],
  refusals: [],
  redacted: 0,
  unknownZones: [],
}
const detection: LogDetection = {
  ...reading,
  sample: 'sample-1',
  name: 'server.log',
  bytes: 3,
  packing: 'plain',
  overlaps: [],
}
const summary: ImportSummary = {
  file: 1,
  name: 'server.log',
  outcome: 'imported',
  operation: 'operation-1',
  from: 0,
  to: 3,
  waitingBytes: 0,
  records: 3,
  events: 2,
  merged: 1,
  redacted: 0,
  refused: 0,
  kinds: { statement: 2 },
  unfinished: 0,
  unknownZones: [],
  first: null,
  last: null,
  overlaps: [],
  losses: [],
  durationMs: 1,
}
const progress: ImportProgress = {
  phase: 'importing',
  read: 2,
  committed: 1,
  packedRead: 2,
  packedSize: 3,
  events: 1,
  refused: 0,
  bytesPerSecond: 1,
  secondsLeft: 1,
}

let opened: Window | undefined
afterEach(() => {
  opened?.close()
  vi.unstubAllGlobals()
})

function setUp(logs: Partial<LogServices>) {
  const window = openWindow({ logs: { detect: () => detection, import: () => summary, ...logs } })
  opened = window
  window.session.getState().connected(openConnection())
  const store = createImportStore(window.session.scopes.window())
  const add = (...names: string[]): void =>
    store.getState().addFiles(names.map((name) => ({ name, file: new File(['abc'], name) })))
  const states = (): string[] => store.getState().items.map(({ state }) => state)
  return { ...window, store, add, states }
}

describe('a log in the wizard', () => {
  it('is looked at with the connection that it goes to, and sent where main wants its beginning', async () => {
    const sent: { url: string; size: number }[] = []
    vi.stubGlobal('fetch', (url: string, { body }: { body: Blob }) => {
      sent.push({ url, size: body.size })
      return Promise.resolve(new Response())
    })
    const asked: unknown[] = []
    const { store, add, states } = setUp({
      detect: ({ source, connection }, { emit }) => {
        asked.push({ source, connection })
        emit({ kind: 'upload', url: '/upload/1', bytes: 2 })
        return detection
      },
    })
    add('server.log')
    expect(states()).toEqual(['looking'])
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    const source = { kind: 'upload', name: 'server.log', size: 3, modified: expect.any(Number) }
    expect(asked).toEqual([{ source, connection: 'clinic' }])
    expect(sent).toEqual([{ url: '/upload/1', size: 2 }])
    expect(store.getState().selected).toBe(1)
  })

  it('goes nowhere without the reasons that the connection demands, and says which', async () => {
    const imported: unknown[] = []
    const { store, session, add, states } = setUp({
      import: ({ ticket, justification }) => {
        imported.push([ticket, justification])
        return summary
      },
    })
    session.getState().connected(openConnection({ askReasons: 'require' }))
    add('a.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    for (const reasons of [noReasons, { ticket: 'OPS-1', justification: ' ' }]) {
      store.getState().setReasons(reasons)
      await store.getState().start()
      expect(store.getState().fault).toMatchObject({ code: 'reasons_required' })
      expect(states()).toEqual(['ready'])
    }
    store.getState().setReasons({ ticket: 'OPS-1', justification: 'slow' })
    await store.getState().start()
    expect([imported, states(), store.getState().fault]).toEqual([[['OPS-1', 'slow']], ['done'], null])
  })

  it('is stopped where main has enough, and refused in words where the browser cannot read it any more', async () => {
    const sent: string[] = []
    vi.stubGlobal('fetch', (url: string, { signal }: { signal: AbortSignal }) => {
      if (url === '/upload/gone') return Promise.reject(new TypeError('Failed to fetch'))
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          sent.push(`${url} is not sent on`)
          reject(signal.reason)
        })
      })
    })
    const enough = setUp({
      detect: async (_, { emit }) => {
        emit({ kind: 'upload', url: '/upload/1', bytes: 2 })
        emit({ kind: 'upload', url: '/upload/2', bytes: null })
        emit({ kind: 'enough', url: '/upload/1' })
        await vi.waitFor(() => expect(sent).toEqual(['/upload/1 is not sent on']))
        return detection
      },
    })
    enough.add('a.log')
    await vi.waitFor(() => expect(enough.states()).toEqual(['ready']))
    // The call is over: nobody waits for the other any more.
    expect(sent).toEqual(['/upload/1 is not sent on', '/upload/2 is not sent on'])
    enough.close()

    const failing = (file: File, thenFails: Promise<never>) => {
      const { store, states } = setUp({
        detect: (_, { emit, signal }) => {
          emit({ kind: 'upload', url: '/upload/gone', bytes: 2 })
          const aborted = new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          })
          return Promise.race([aborted, thenFails])
        },
      })
      store.getState().addFiles([{ name: 'a.log', file }])
      return { states, message: () => store.getState().items[0]?.fault?.message }
    }
    const changed = Object.assign(new Blob(['a']), { arrayBuffer: () => Promise.reject(new Error('NotReadableError')) })
    const gone = failing(Object.assign(new File(['abc'], 'a.log'), { slice: () => changed }), new Promise(() => {}))
    await vi.waitFor(() => expect(gone.states()).toEqual(['refused']))
    expect(gone.message()).toContain('changed, moved or deleted')
    opened?.close()

    // The file is as it was: whatever cannot be reached, it is not that.
    const lost = Promise.withResolvers<never>()
    const unreached = failing(new File(['abc'], 'a.log'), lost.promise)
    await new Promise((resolve) => setTimeout(resolve))
    expect(unreached.states()).toEqual(['looking'])
    lost.reject(new Failure({ code: 'connection_lost', message: 'The server is gone.' }))
    await vi.waitFor(() => expect(unreached.states()).toEqual(['refused']))
    expect(unreached.message()).toBe('The server is gone.')
  })

  it('that was dropped is sent as it is by then', async () => {
    const sent: number[] = []
    vi.stubGlobal('fetch', (_: string, { body }: { body: Blob }) => {
      sent.push(body.size)
      return Promise.resolve(new Response())
    })
    const sizes: unknown[] = []
    const { store, states } = setUp({
      import: ({ source }, { emit }) => {
        sizes.push(source.kind === 'upload' ? source.size : null)
        emit({ kind: 'upload', url: '/upload/1', bytes: null })
        return summary
      },
    })
    const again = () => Promise.resolve(new File(['abcdef'], 'a.log'))
    store.getState().addFiles([{ name: 'a.log', file: new File(['abc'], 'a.log'), again }])
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    await store.getState().start()
    await vi.waitFor(() => expect([sizes, sent]).toEqual([[6], [6]]))
  })

  it('that is looked at once more for another target is imported all the same when somebody says so meanwhile', async () => {
    const answers: PromiseWithResolvers<LogDetection>[] = []
    const { store, add, states } = setUp({
      detect: () => {
        const answer = Promise.withResolvers<LogDetection>()
        answers.push(answer)
        return answer.promise
      },
    })
    add('a.log', 'b.log')
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    for (const { resolve } of answers.splice(0)) resolve(detection)
    await vi.waitFor(() => expect(states()).toEqual(['ready', 'ready']))
    store.getState().setTarget('clinic')
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    const started = store.getState().start()
    expect(states()).toEqual(['importing', 'queued'])
    for (const { resolve } of answers) resolve(detection)
    await started
    expect(states()).toEqual(['done', 'done'])
  })

  it('is refused with the reason when it is no log, and the next one is looked at all the same', async () => {
    const { store, add, states } = setUp({
      detect: ({ source }) => {
        if (source.kind === 'upload' && source.name === 'a.txt')
          throw new Failure({ code: 'refused', message: 'This is no log.' })
        return detection
      },
    })
    add('a.txt', 'b.log', 'c.log')
    await vi.waitFor(() => expect(states()).toEqual(['refused', 'ready', 'ready']))
    expect(store.getState().items[0]?.fault?.message).toBe('This is no log.')
  })

  it('shows what comes of the prefix that was typed last, however late the others come', async () => {
    const late = new Map<string, () => void>()
    const { store, add, states } = setUp({
      preview: ({ prefix = '' }) =>
        new Promise((resolve) => {
          late.set(prefix, () => resolve({ ...reading, prefix, explains: prefix.length / 10 }))
        }),
    })
    add('server.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    void store.getState().readAs(1, { prefix: '%m' })
    void store.getState().readAs(1, { prefix: '%m %p' })
    await vi.waitFor(() => expect(late.size).toBe(2))
    late.get('%m %p')?.()
    await vi.waitFor(() => expect(store.getState().items[0]?.reading?.prefix).toBe('%m %p'))
    late.get('%m')?.()
    await vi.waitFor(() => expect(store.getState().items[0]?.rereading).toBe(false))
    expect(store.getState().items[0]?.reading?.prefix).toBe('%m %p')
  })

  it('is sent again when main has forgotten its beginning, with the prefix that was typed', async () => {
    const looked: (string | undefined)[] = []
    const { store, add, states } = setUp({
      detect: ({ prefix }) => {
        looked.push(prefix)
        return { ...detection, prefix: prefix ?? detection.prefix }
      },
      preview: () => {
        throw new Failure({ code: 'not_found', message: 'Gone.' })
      },
    })
    add('server.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    await store.getState().readAs(1, { prefix: '%t ' })
    expect(looked).toEqual([undefined, '%t '])
    expect(store.getState().items[0]?.reading?.prefix).toBe('%t ')
  })

  it('is not imported while something speaks against it, unless somebody says so', async () => {
    const forced: boolean[] = []
    const { store, add, states } = setUp({
      detect: () => ({ ...detection, trusted: false, explains: 0.5 }),
      import: ({ force }) => {
        forced.push(force)
        return summary
      },
    })
    add('server.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    await store.getState().start()
    expect(states()).toEqual(['ready'])
    store.getState().accept(1, true)
    await store.getState().start()
    expect(states()).toEqual(['done'])
    expect(forced).toEqual([true])
  })
})

describe('the doubts', () => {
  it('name the prefix, the zone and the other log', () => {
    const overlap = { file: 2, name: 'server.csv', format: 'csv' as const, events: 9, sampled: 10 }
    const doubts = doubtsOf({
      reading: { ...reading, trusted: false, explains: 0.42, unknownZones: ['IST'] },
      detection: { ...detection, overlaps: [overlap] },
    })
    expect(doubts).toHaveLength(3)
    expect(doubts[0]).toContain('42.0 %')
    expect(doubts[1]).toContain('IST')
    expect(doubts[2]).toContain('“server.csv” (csvlog)')
  })

  it('are none where all is known', () => {
    expect(doubtsOf({ reading, detection })).toEqual([])
  })
})

describe('an import', () => {
  it('goes on log after log, in their order, with the reasons', async () => {
    const order: string[] = []
    const { store, add, states } = setUp({
      import: async ({ source, ticket, justification, connection, format, prefix }) => {
        order.push(source.kind === 'upload' ? source.name : '')
        expect({ ticket, justification, connection, format, prefix }).toEqual({
          ticket: 'OPS-1',
          justification: undefined,
          connection: 'clinic',
          format: 'stderr',
          prefix: '%m [%p] ',
        })
        return summary
      },
    })
    add('a.log', 'b.log')
    store.getState().setReasons({ ticket: 'OPS-1', justification: ' ' })
    await vi.waitFor(() => expect(states()).toEqual(['ready', 'ready']))
    await store.getState().start()
    expect(order).toEqual(['a.log', 'b.log'])
    expect(states()).toEqual(['done', 'done'])
  })

  it('tells how far it is, is paused by its own name, and stopped with what is committed', async () => {
    const paused: unknown[] = []
    const { store, add, states } = setUp({
      import: (_input, { emit, signal }) =>
        new Promise((resolve) => {
          emit({ kind: 'started', import: 'import-1', operation: 'operation-1', from: 0 })
          emit({ kind: 'progress', progress })
          signal.addEventListener('abort', () => resolve({ ...summary, outcome: 'cancelled', to: 1 }))
        }),
      pause: (input) => {
        paused.push(input)
        return null
      },
    })
    add('a.log', 'b.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready', 'ready']))
    const done = store.getState().start()
    await vi.waitFor(() => expect(store.getState().items[0]?.progress).toEqual(progress))
    expect(states()).toEqual(['importing', 'queued'])
    await store.getState().pause(1, true)
    expect(paused).toEqual([{ import: 'import-1', paused: true }])
    store.getState().cancelAll()
    await done
    expect(states()).toEqual(['stopped', 'ready'])
    expect(store.getState().items[0]?.summary?.to).toBe(1)
  })

  it('goes on after a failure, which stands with its log', async () => {
    const { store, add, states } = setUp({
      import: ({ source }) => {
        if (source.kind === 'upload' && source.name === 'a.log')
          throw new Failure({ code: 'postgres', message: 'could not extend file: No space left on device' })
        return summary
      },
    })
    add('a.log', 'b.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready', 'ready']))
    await store.getState().start()
    expect(states()).toEqual(['failed', 'done'])
    expect(store.getState().items[0]?.fault?.message).toContain('No space left')
  })

  it('waits for a word where another log that was imported meanwhile tells of the same', async () => {
    const overlaps = [{ file: 1, name: 'a.log', format: 'stderr' as const, events: 9, sampled: 10 }]
    const { store, add, states } = setUp({
      import: ({ source, force, overlaps: wanted }, { emit }) => {
        if (source.kind === 'upload' && source.name === 'a.csv') {
          emit({ kind: 'overlap', overlaps })
          expect(wanted).toBe('refuse')
          if (!force) throw new Failure({ code: 'refused', message: 'Told already.' })
        }
        return summary
      },
    })
    add('a.log', 'a.csv', 'b.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready', 'ready', 'ready']))
    await store.getState().start()
    expect(states()).toEqual(['done', 'ready', 'done'])
    const [, waiting] = store.getState().items
    expect(waiting === undefined ? [] : doubtsOf(waiting)).toEqual([expect.stringContaining('“a.log” (stderr)')])
    await store.getState().start()
    expect(states()).toEqual(['done', 'ready', 'done'])
    store.getState().accept(2, true)
    await store.getState().start()
    expect(states()).toEqual(['done', 'done', 'done'])
  })

  it('does not begin without a connection, and says what to do', async () => {
    const { store, add, states, session } = setUp({})
    add('a.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    session.getState().disconnected('clinic')
    await store.getState().start()
    expect(states()).toEqual(['ready'])
    expect(store.getState().fault?.hint).toContain('Open a connection')
  })

  it('brings the refused lines page by page, to the last', async () => {
    const refusal = (line: number) => ({ line, offset: line * 10, reason: 'no record', text: `line ${line}` })
    const { store, add, states } = setUp({
      import: () => ({ ...summary, refused: 3 }),
      refused: ({ after }) =>
        after < 0
          ? { refusals: [refusal(1), refusal(2)], next: 20, total: 3 }
          : { refusals: [refusal(3)], next: null, total: 3 },
    })
    add('a.log')
    await vi.waitFor(() => expect(states()).toEqual(['ready']))
    await store.getState().start()
    await vi.waitFor(() => expect(store.getState().items[0]?.refusals?.list).toHaveLength(2))
    await store.getState().readRefusals(1)
    await store.getState().readRefusals(1)
    const refusals = store.getState().items[0]?.refusals
    expect(refusals?.list.map(({ line }) => line)).toEqual([1, 2, 3])
    expect(refusals).toMatchObject({ next: null, total: 3, fault: null })
  })
})

it('asks by the desktop’s dialog, and says where there is none', async () => {
  const { store } = setUp({
    pick: () => {
      throw new Failure({ code: 'unsupported', message: 'A browser has its own.' })
    },
  })
  expect(await store.getState().pick()).toBe(false)
  expect(store.getState().fault).toBeNull()
})
