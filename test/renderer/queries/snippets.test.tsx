// @vitest-environment jsdom
import { within } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import type { SavedQuery, Snippet } from '../../../src/core/queries/contract.ts'
import { closePages, openPage, screen } from '../page.tsx'
import type { Parts } from '../window.ts'

afterEach(closePages)

const query = (name: string): SavedQuery => ({
  id: '3f0c9a52-9a7a-4a7e-8a53-6f2f0f6f1c11',
  folder: 'reports',
  name,
  version: 1,
  savedAt: '2026-01-01T00:00:00Z',
  begins: 'select 1',
})

/** A window over snippets in memory. */
function setUp(queries: Parts['queries'] = {}) {
  const own = new Map<string, Snippet>()
  const page = openPage({
    connections: {
      list: () => ({ connections: [], passwordsKept: 'memory', notice: null }),
      watch: () => new Promise<never>(() => undefined),
    },
    queries: {
      list: () => ({ queries: [query('Turnover')], folders: ['reports'] }),
      watch: () => new Promise<never>(() => undefined),
      snippets: () => ({ own: [...own.values()], builtIn: [{ name: 'sizes', title: 'Sizes', body: 'select 1' }] }),
      saveSnippet: (snippet) => {
        own.set(snippet.name, snippet)
        return null
      },
      removeSnippet: ({ name }) => {
        own.delete(name)
        return null
      },
      ...queries,
    },
  })
  return { ...page, own }
}

it('snippets are copied, changed under another name, removed and brought back', async () => {
  const { user, own } = setUp()
  await user.click(await screen.findByRole('button', { name: 'Saved queries' }))
  await user.click(await screen.findByRole('button', { name: 'Snippets…' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Snippets' }))
  await user.click(await dialog.findByRole('button', { name: 'Copy sizes' }))
  await user.clear(dialog.getByLabelText(/^Name/))
  await user.type(dialog.getByLabelText(/^Name/), 'mine')
  await user.click(dialog.getByRole('button', { name: 'Save' }))
  await user.click(await dialog.findByRole('button', { name: 'Change mine' }))
  await user.clear(dialog.getByLabelText(/^Name/))
  await user.type(dialog.getByLabelText(/^Name/), 'ours')
  await user.click(dialog.getByRole('button', { name: 'Save' }))
  await user.click(await dialog.findByRole('button', { name: 'Remove ours' }))
  await dialog.findByText('Removed ours')
  expect([...own.keys()]).toEqual([])
  await user.click(dialog.getByRole('button', { name: 'Undo' }))
  await dialog.findByRole('button', { name: 'Change ours' })
  expect([...own.values()]).toEqual([{ name: 'ours', title: 'Sizes', body: 'select 1' }])
})

it('a name that is taken is refused, and what was written stays', async () => {
  const { user, own } = setUp()
  own.set('mine', { name: 'mine', title: 'Mine', body: 'select 2' })
  await user.click(await screen.findByRole('button', { name: 'Saved queries' }))
  await user.click(await screen.findByRole('button', { name: 'Snippets…' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Snippets' }))
  await dialog.findByText('Mine')
  await user.click(dialog.getByRole('button', { name: 'New snippet' }))
  await user.type(dialog.getByLabelText(/^Name/), 'mine')
  await user.type(dialog.getByLabelText(/^Title/), 'Other')
  await user.type(dialog.getByLabelText(/^Text/), 'select 3')
  await user.click(dialog.getByRole('button', { name: 'Save' }))
  await dialog.findByText(/You have a snippet of the name mine already/)
  expect(dialog.getByDisplayValue('select 3')).toBeDefined()
  expect(own.get('mine')?.body).toBe('select 2')
})

it('arrow keys go through the saved queries, F2 and Delete are for the row that has the focus', async () => {
  const removed: string[][] = []
  const { user } = setUp({
    remove: ({ ids }) => {
      removed.push(ids)
      return null
    },
  })
  await user.click(await screen.findByRole('button', { name: 'Saved queries' }))
  const folder = await screen.findByRole('button', { name: 'Folder reports: rename or move' })
  const row = screen.getByRole('button', { name: 'Turnover' })
  folder.focus()
  await user.keyboard('{ArrowDown}')
  expect(document.activeElement).toBe(row)
  await user.keyboard('{ArrowDown}{Home}')
  expect(document.activeElement).toBe(folder)
  await user.keyboard('{End}{Delete}')
  await screen.findByText(/Removed “/)
  expect(removed).toEqual([[query('').id]])
  screen.getByRole('button', { name: 'Turnover' }).focus()
  await user.keyboard('{F2}')
  expect(await screen.findByRole('dialog', { name: 'Rename or move' })).toBeDefined()
})
