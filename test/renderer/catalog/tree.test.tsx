// @vitest-environment jsdom
import { act, fireEvent, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Catalog, CatalogRelation } from '../../../src/core/catalog/catalog.ts'
import { Tree } from '../../../src/core/catalog/tree.ts'
import { Failure } from '../../../src/core/fault.ts'
import { closePages, openPage, screen } from '../page.tsx'
import { openConnection, type Parts } from '../window.ts'

// jsdom lays nothing out: without a height, no row would be in sight.
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(480)
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(240)
})
afterEach(() => {
  closePages()
  vi.restoreAllMocks()
})

const relation = (oid: number, name: string, columns: string[]): CatalogRelation => ({
  oid,
  schema: 'care',
  name,
  kind: 'table',
  comment: null,
  sensitivity: name === 'patient' ? 'restricted · phi' : null,
  partitionOf: null,
  rowEstimate: 1_200,
  columns: columns.map((column) => ({
    ...{ name: column, type: 'text', notNull: false, default: null, identity: null },
    ...{ generated: null, comment: null, sensitivity: null },
  })),
  primaryKey: ['id'],
  uniqueKeys: [],
  foreignKeys: [],
  indexes: [],
  triggers: [],
})

const catalog: Catalog = {
  readAt: '2026-01-01T00:00:00Z',
  serverVersion: 180_004,
  user: 'dba',
  searchPath: ['care'],
  schemas: [
    { oid: 1, name: 'care', comment: null, system: false },
    { oid: 2, name: 'pg_catalog', comment: null, system: true },
  ],
  relations: [
    relation(10, 'patient', ['id', 'born']),
    relation(11, 'visit \u202ex', ['id', 'patient_id']),
    ...Array.from({ length: 300 }, (_, n) => relation(100 + n, `archive_${n}`, ['id'])),
  ],
  routines: [],
  types: [],
  extensions: [],
  roles: [],
  notes: ['Comments could not be read.'],
}

function setUp(parts: Parts['catalog'] = {}) {
  const tree = new Tree(catalog)
  const asked = vi.fn()
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    queries: { watch: () => new Promise<never>(() => undefined), list: () => ({ queries: [], folders: [] }) },
    catalog: {
      tree: ({ expanded, search, from, count }) => {
        asked(from, search)
        const part = tree.window({ expanded: new Set(expanded), search }, from, count)
        return { ...part, live: true, readAt: catalog.readAt, notes: catalog.notes, problem: null }
      },
      watch: () => new Promise<never>(() => undefined),
      ...parts,
    },
  })
  act(() => page.session.getState().connected(openConnection()))
  return { ...page, asked }
}

const items = () => within(screen.getByRole('tree', { name: 'Objects' })).getAllByRole('treeitem')
const item = async (name: RegExp) =>
  await within(await screen.findByRole('tree', { name: 'Objects' })).findByRole('treeitem', { name })

it('is opened and walked by keys, and says where one is', async () => {
  const { user } = setUp()
  expect(await item(/^care/)).toHaveProperty('ariaSelected', 'true')
  screen.getByRole('tree', { name: 'Objects' }).focus()
  await user.keyboard('{ArrowRight}')
  await item(/^Tables/)
  await user.keyboard('{ArrowDown} ')
  const patient = await item(/^patient/)
  expect(patient.getAttribute('aria-level')).toBe('3')
  expect(patient.getAttribute('aria-setsize')).toBe('302')
  expect(within(patient).getByLabelText('Sensitive: restricted · phi')).toBeTruthy()
  // Characters that would turn the line around are signs.
  expect((await item(/^visit/)).textContent).toBe('visit U+202Ex~1,200')
  await user.keyboard('{ArrowDown}{ArrowRight}')
  expect((await item(/^born/)).getAttribute('aria-level')).toBe('4')
  await user.keyboard('{ArrowLeft}{ArrowLeft}')
  expect((await item(/^Tables/)).getAttribute('aria-selected')).toBe('true')
  const tree = screen.getByRole('tree', { name: 'Objects' })
  expect(document.getElementById(tree.getAttribute('aria-activedescendant') ?? '')?.textContent).toContain('Tables')
})

it('draws what is in sight, and asks for no more', async () => {
  const { user, asked } = setUp()
  await item(/^care/)
  screen.getByRole('tree', { name: 'Objects' }).focus()
  await user.keyboard('{ArrowRight}')
  await item(/^Tables/)
  await user.keyboard('{ArrowDown}{ArrowRight}')
  await item(/^patient/)
  expect(items().length).toBeLessThan(60)
  expect(asked.mock.calls.every(([from]) => from === 0)).toBe(true)
})

it('is searched as one types, and says so where nothing is found', async () => {
  const { user } = setUp()
  await item(/^care/)
  const field = screen.getByRole('textbox', { name: /^Find an object/ })
  await user.type(field, 'patient_id')
  await item(/^visit/)
  expect(items().map((each) => each.textContent)).toEqual(['care', 'visit U+202Ex~1,200'])
  await user.clear(field)
  await user.type(field, 'care born')
  await item(/^patient/)
  await user.type(field, ' nowhere')
  await screen.findByText('No object has such a name.')
  await user.keyboard('{Escape}')
  await item(/^pg_catalog/)
  expect(field).toHaveProperty('value', '')
})

it('shows what it could not read, and of which moment it is', async () => {
  const problem = { code: 'ECONNREFUSED', message: 'Nothing listens there.' }
  const tree = new Tree(catalog)
  setUp({
    tree: ({ expanded, search, from, count }) => ({
      ...tree.window({ expanded: new Set(expanded), search }, from, count),
      ...{ live: false, readAt: catalog.readAt, notes: catalog.notes, problem },
    }),
  })
  await item(/^care/)
  expect(screen.getByText('Comments could not be read.')).toBeTruthy()
  expect(screen.getByText(/Nothing listens there/).textContent).toMatch(/^As of /)
})

it('that cannot be read says why, and is asked again', async () => {
  let fails = true
  const tree = new Tree(catalog)
  const { user } = setUp({
    tree: ({ expanded, search, from, count }) => {
      if (fails) throw new Failure({ code: 'postgres', message: 'permission denied', sqlstate: '42501' })
      const part = tree.window({ expanded: new Set(expanded), search }, from, count)
      return { ...part, live: true, readAt: catalog.readAt, notes: [], problem: null }
    },
  })
  await screen.findByText('The objects could not be read')
  expect(screen.getByText('permission denied')).toBeTruthy()
  fails = false
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await item(/^care/)
})

it('offers what can be done with an object, and keeps why it could not be done', async () => {
  const definition = vi.fn(() => {
    throw new Failure({ code: 'not_found', message: 'The table is not there any more.' })
  })
  const { user, session } = setUp({ definition })
  await user.type(await screen.findByRole('textbox', { name: /^Find an object/ }), 'patient')
  fireEvent.contextMenu(await item(/^patient/), { clientX: 40, clientY: 60 })
  await user.click(await screen.findByRole('menuitem', { name: 'Show the definition' }))
  await screen.findByText('The table is not there any more.')
  expect(definition.mock.calls[0]).toEqual([expect.objectContaining({ kind: 'relation', oid: 10 }), expect.anything()])
  fireEvent.contextMenu(await item(/^patient/), { clientX: 40, clientY: 60 })
  // Without layout, the place of a menu that opens again counts as out of sight.
  const hidden = { hidden: true }
  fireEvent.click(await screen.findByRole('menuitem', { name: 'Copy the name for SQL', ...hidden }))
  expect(await navigator.clipboard.readText()).toBe('care.patient')
  fireEvent.contextMenu(await item(/^care/), { clientX: 40, clientY: 60 })
  const menu = within(await screen.findByRole('menu', hidden))
  expect(menu.queryByRole('menuitem', { name: 'Select rows', ...hidden })).toBeNull()
  expect(session.getState().tabs).toHaveLength(0)
})
