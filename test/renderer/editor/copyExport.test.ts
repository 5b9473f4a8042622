import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Api } from '../../../src/core/contract.ts'
import type { Column, Row, RunOutcome } from '../../../src/core/editor/contract.ts'
import { type ExportOutcome, exportFormat } from '../../../src/core/editor/export.ts'
import { Failure } from '../../../src/core/fault.ts'
import type { Services } from '../../../src/core/wire.ts'
import { copied, copiedNow, mostCopiedCharacters } from '../../../src/renderer/editor/grid/copy.ts'
import { eachShown, rowsAtHand } from '../../../src/renderer/editor/grid/copyRows.ts'
import { lookOf, noEdits, withDeleted, withRow, withValue } from '../../../src/renderer/editor/grid/editList.ts'
import { newPages } from '../../../src/renderer/editor/grid/pages.ts'
import { createEditorStore } from '../../../src/renderer/editor/store.ts'
import { memoryStorage, openConnection, openWindow, type Window } from '../window.ts'

type EditorServices = Services<Api>['editor']

const columns: Column[] = ['id', '__proto__', 'id'].map((name) => ({ name, type: 'text', typeOid: 25 }))

const ran: RunOutcome = {
  operation: '0190a1b2-0000-7000-8000-000000000001',
  status: 'COMPLETED',
  statements: 1,
  completed: 1,
  durationMs: 3,
  transaction: 'idle',
  recorded: 'server',
  failure: null,
  recordingFault: null,
  plan: null,
}

let opened: Window | undefined
afterEach(() => opened?.close())

/** A result of so many rows, each with a short value, one of `length` characters and a null. */
async function setUp(known: number, length: number, editor: Partial<EditorServices> = {}) {
  const letters = (from: number, count: number) => 'x'.repeat(Math.max(0, Math.min(length, from + count) - from))
  const value = vi.fn<EditorServices['value']>(({ row, column, from, count }) =>
    column === 1
      ? { text: letters(from, count), length }
      : { text: column === 0 ? String(row) : null, length: column === 0 ? String(row).length : 0 },
  )
  const rows = vi.fn<EditorServices['rows']>(({ from, count, longest = Number.POSITIVE_INFINITY }) => {
    const places = Array.from({ length: Math.min(count, 700, known - from) }, (_, place) => from + place)
    return {
      rows: places.map((row): Row => [String(row), letters(0, Math.min(length, longest)), null]),
      cut: length > longest ? places.map((_, row) => ({ row, column: 1, length })) : [],
      known,
      done: true,
      fault: null,
      notices: [],
    }
  })
  const window = openWindow({
    editor: {
      open: () => ({ session: 'session', backendPid: 1 }),
      close: () => null,
      follow: () => null,
      run: (_input, { emit }) => {
        emit({
          kind: 'result',
          result: {
            ...{ index: 0, command: 'SELECT', rowCount: known, columns, rows: [], cut: [], result: 'r', known },
            ...{ done: true, fault: null, dateStyle: 'ISO, MDY', durationMs: 1 },
          },
        })
        return ran
      },
      rows,
      value,
      ...editor,
    },
  })
  opened = window
  window.session.getState().connected(openConnection())
  window.session.getState().open({ view: 'editor' })
  const tab = window.session.getState().active ?? ''
  const store = createEditorStore(window.session.scopes.tab('clinic', tab), {
    reasons: memoryStorage(),
    modes: memoryStorage(),
  })
  await store.getState().runPart({ sql: 'select', base: 0 })
  return { state: store.getState, rows, value }
}

describe('rows that are not at hand', () => {
  it('are taken in parts, in their order, however few come at once', async () => {
    const { state } = await setUp(5_000, 3)
    const taken: Row[] = []
    await state().eachPart(0, { top: 10, bottom: 4_321, left: 0, right: 2 }, (part) => taken.push(...part))
    expect(taken.map(([id]) => Number(id))).toEqual(Array.from({ length: 4_312 }, (_, place) => place + 10))
    expect(taken[0]).toEqual(['10', 'xxx', null])
  })

  it('have their long values whole, in pieces, and only those of the columns that are wanted', async () => {
    const { state, value } = await setUp(2, 20_000_000)
    const taken: Row[] = []
    await state().eachPart(0, { top: 0, bottom: 1, left: 0, right: 1 }, (part) => taken.push(...part))
    expect(taken.map((row) => row[1]?.length)).toEqual([20_000_000, 20_000_000])
    expect(value.mock.calls.map(([{ row, from, count }]) => [row, from, count])).toEqual([
      [0, 0, 16_000_000],
      [0, 16_000_000, 4_000_000],
      [1, 0, 16_000_000],
      [1, 16_000_000, 4_000_000],
    ])
    value.mockClear()
    await state().eachPart(0, { top: 0, bottom: 1, left: 2, right: 2 }, () => {})
    expect(value).not.toHaveBeenCalled()
  })

  it('are refused before they are fetched where no clipboard should hold them', async () => {
    const { state, value, rows } = await setUp(1, 200_000_000)
    await expect(state().eachPart(0, { top: 0, bottom: 0, left: 1, right: 1 }, () => {})).rejects.toMatchObject({
      fault: { code: 'refused', hint: expect.stringContaining('export') },
    })
    expect(value).not.toHaveBeenCalled()
    expect(rows.mock.calls.every(([{ longest }]) => (longest ?? Number.POSITIVE_INFINITY) <= 1_000_000)).toBe(true)
  })
})

describe('what is copied', () => {
  const pages = newPages(
    3,
    [
      ['1', 'a\tb', null],
      ['2', '', '\u202e"x"\n'],
      ['3', 'cut off', 'z'],
    ],
    [{ row: 2, column: 1, length: 900 }],
  )
  const none = () => null
  const range = { top: 0, bottom: 1, left: 0, right: 2 }

  it('is what is selected, in each format, exactly as it is', () => {
    const rows = rowsAtHand(pages, columns, range, none) ?? []
    expect(copiedNow('text', { columns, dateStyle: 'ISO, MDY' }, rows)).toBe('1\t"a\tb"\t\n2\t\t"\u202e""x""\n"')
    expect(copiedNow('textWithNames', { columns, dateStyle: 'ISO, MDY' }, rows)).toMatch(/^id\t__proto__\tid\n1\t/)
    expect(copiedNow('csv', { columns, dateStyle: 'ISO, MDY' }, rows)).toBe(
      'id,__proto__,id\n1,a\tb,\n2,"","\u202e""x""\n"\n',
    )
    expect(JSON.parse(copiedNow('json', { columns, dateStyle: 'ISO, MDY' }, rows))).toEqual(
      JSON.parse('[{"id":"1","__proto__":"a\\tb","id_2":null},{"id":"2","__proto__":"","id_2":"\\u202e\\"x\\"\\n"}]'),
    )
    expect(copiedNow('insert', { columns, dateStyle: 'ISO, MDY' }, rows)).toContain(
      'insert into "table_name" ("id", "__proto__", "id") values',
    )
    expect(copiedNow('markdown', { columns, dateStyle: 'ISO, MDY' }, rows)).toContain('| 2 |  | \u202e"x"<br> |')
  })

  it('says as insert in which style its dates are written, where whoever reads them could mistake them', () => {
    const days = [{ name: 'day', type: 'date', typeOid: 1082 }]
    expect(copiedNow('insert', { columns: days, dateStyle: 'SQL, DMY' }, [['02/03/2024']])).toBe(
      `set datestyle = 'SQL, DMY';\ninsert into "table_name" ("day") values\n  ('02/03/2024');\n`,
    )
    expect(copiedNow('insert', { columns: days, dateStyle: 'ISO, DMY' }, [['2024-03-02']])).toBe(
      `insert into "table_name" ("day") values\n  ('2024-03-02');\n`,
    )
  })

  it('is one value without quotes around it, and nothing for null', () => {
    const one = (row: number, column: number) =>
      copiedNow(
        'text',
        { columns: columns.slice(column, column + 1), dateStyle: 'ISO, MDY' },
        rowsAtHand(pages, columns, { top: row, bottom: row, left: column, right: column }, none) ?? [],
      )
    expect(one(0, 1)).toBe('a\tb')
    expect(one(1, 2)).toBe('\u202e"x"\n')
    expect(one(0, 2)).toBe('')
  })

  it('is not taken from what is at hand where a value is cut or a row has not come', () => {
    expect(rowsAtHand(pages, columns, { ...range, bottom: 2 }, none)).toBeNull()
    expect(rowsAtHand(pages, columns, { ...range, bottom: 2, right: 0 }, none)).toEqual([['1'], ['2'], ['3']])
    expect(rowsAtHand(pages, columns, { ...range, bottom: 3 }, none)).toBeNull()
  })

  it('has the changes that are not applied, also where rows have to be asked for', async () => {
    const list = withDeleted(
      withValue(
        withValue(withValue(withRow(noEdits), -1, 1, { text: 'new' }, undefined), 0, 2, { text: 'set' }, null),
        2,
        1,
        { text: 'whole' },
        undefined,
      ),
      [1],
    )
    const look = (row: number) => lookOf(list, new Map(), row)
    const wanted = [
      [null, 'new', null],
      ['1', 'a\tb', 'set'],
      ['2', '', '\u202e"x"\n'],
      ['3', 'whole', 'z'],
    ]
    expect(rowsAtHand(pages, columns, { ...range, top: -1, bottom: 2 }, look)).toEqual(wanted)
    const taken: Row[] = []
    const asked: unknown[] = []
    await eachShown(
      { ...range, top: -1, bottom: 2, left: 1 },
      look,
      3,
      async (part, take) => {
        asked.push(part)
        take([['1', 'a\tb', null]])
        take([
          ['2', '', '\u202e"x"\n'],
          ['3', 'from afar', 'z'],
        ])
      },
      (part) => taken.push(...part),
    )
    expect(asked).toEqual([{ top: 0, bottom: 2, left: 1, right: 2 }])
    expect(taken).toEqual(wanted.map((row) => row.slice(1)))
  })

  it('is refused where it is too much, before or while it comes', async () => {
    await expect(
      copied('text', { columns, dateStyle: 'ISO, MDY' }, 100_001, () => Promise.reject(new Error('asked'))),
    ).rejects.toThrow('100,001 rows are selected')
    const most = 'x'.repeat(mostCopiedCharacters / 2)
    await expect(
      copied('csv', { columns: columns.slice(0, 1), dateStyle: 'ISO, MDY' }, 3, async (take) => {
        for (let n = 0; n < 3; n += 1) take([[most]])
      }),
    ).rejects.toMatchObject({ fault: { code: 'refused', message: expect.stringContaining('too long') } })
  })
})

describe('an export', () => {
  const format = exportFormat.parse({ kind: 'json' })
  const outcome: ExportOutcome = {
    operation: ran.operation,
    file: 'result.json',
    rows: 7,
    bytes: 70,
    durationMs: 1,
    sha256: '',
    remarks: ['told'],
    recorded: 'server',
    recordingFault: null,
  }

  it('tells how far it is, then what came of it, with the reasons that were given', async () => {
    const inputs: unknown[] = []
    const seen: unknown[] = []
    const { state } = await setUp(7, 3, {
      export: (input, { emit }) => {
        inputs.push(input)
        emit({ kind: 'started', operation: ran.operation, file: 'result.json' })
        emit({ kind: 'progress', rows: 5, bytes: 50, elapsedMs: 1 })
        return outcome
      },
    })
    state().setReasons({ ticket: ' OPS-1 ', justification: ' ' })
    state().askExport(0)
    expect(state().exportAsked).toBe(0)
    const done = state().startExport(0, { format, fileName: 'x', rows: 'again' })
    seen.push(state().exporting?.state, state().exportAsked)
    await done
    expect(seen).toEqual(['running', null])
    expect(inputs).toEqual(
      [{ result: 'r', format, fileName: 'x', rows: 'again', ticket: 'OPS-1', path: undefined }].map(
        ({ path: _, ...rest }) => rest,
      ),
    )
    expect(state().exporting).toMatchObject({ state: 'done', file: 'result.json', outcome })
    expect(state().exportFormat).toEqual(format)
    state().dismissExport()
    expect(state().exporting).toBeNull()
  })

  it('is cancelled by the signal of its call, one at a time, and says so', async () => {
    const started = Promise.withResolvers<void>()
    const calls = vi.fn<EditorServices['export']>((_input, { signal }) => {
      started.resolve()
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () =>
          reject(new Failure({ code: 'cancelled', message: 'The export was cancelled. No file was left.' })),
        )
      })
    })
    const { state } = await setUp(7, 3, { export: calls })
    const first = state().startExport(0, { format, fileName: 'x', rows: 'shown' })
    await started.promise
    await state().startExport(0, { format, fileName: 'y', rows: 'shown' })
    expect(calls).toHaveBeenCalledTimes(1)
    state().dismissExport()
    expect(state().exporting).not.toBeNull()
    state().cancelExport()
    expect(state().exporting?.state).toBe('cancelling')
    await first
    expect(state().exporting).toMatchObject({ state: 'failed', fault: { code: 'cancelled' } })
  })

  it('for which nobody chose a place leaves nothing to be said', async () => {
    const { state } = await setUp(7, 3, { export: () => null })
    await state().startExport(0, { format, fileName: 'x', rows: 'shown' })
    expect(state().exporting).toBeNull()
    state().cancelExport()
    expect(state().exporting).toBeNull()
  })

  it('of a result that was not kept is refused in words', async () => {
    const { state } = await setUp(7, 3)
    await state().startExport(5, { format, fileName: 'x', rows: 'shown' })
    expect(state().exporting).toMatchObject({ state: 'failed', fault: { code: 'not_found' } })
  })
})
