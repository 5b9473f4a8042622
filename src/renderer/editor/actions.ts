import type { ActionLabel } from '../session/actions.ts'
import { shortcuts } from './shortcuts.ts'

const editor = 'Editor'
const results = 'Results'

/** What can be done in a query's tab. */
export const editorActions = {
  run: { id: 'editor.run', title: 'Run the statement or selection', group: editor, shortcut: shortcuts.run },
  runAll: { id: 'editor.runAll', title: 'Run all', group: editor, shortcut: shortcuts.runAll },
  cancel: { id: 'editor.cancel', title: 'Cancel the run', group: editor, shortcut: shortcuts.cancel },
  save: {
    id: 'editor.save',
    title: 'Save the query',
    group: editor,
    shortcut: shortcuts.save,
    keywords: ['keep', 'folder'],
  },
  saveAs: { id: 'editor.saveAs', title: 'Save the query under another name', group: editor },
  format: {
    id: 'editor.format',
    title: 'Format the selection or the text',
    group: editor,
    shortcut: shortcuts.format,
    keywords: ['indent', 'pretty', 'beautify'],
  },
  explain: {
    id: 'editor.explain',
    title: 'Explain the statement',
    group: editor,
    shortcut: shortcuts.explain,
    keywords: ['plan'],
  },
  analyze: {
    id: 'editor.analyze',
    title: 'Explain by running it (changes are rolled back)',
    group: editor,
    shortcut: shortcuts.analyze,
    keywords: ['plan', 'explain analyze'],
  },
  commit: { id: 'editor.commit', title: 'Commit the transaction', group: editor, shortcut: shortcuts.commit },
  rollback: { id: 'editor.rollback', title: 'Roll back the transaction', group: editor, shortcut: shortcuts.rollback },
  mode: {
    id: 'editor.mode',
    title: 'Transactions by hand, or each run by itself',
    group: editor,
    keywords: ['autocommit', 'manual'],
  },
} as const satisfies Record<string, ActionLabel>

/** What a selection of a result can be copied as. */
export const copyFormats = [
  { id: 'text', title: 'Copy as text' },
  { id: 'textWithNames', title: 'Copy as text with column names' },
  { id: 'csv', title: 'Copy as CSV' },
  { id: 'json', title: 'Copy as JSON' },
  { id: 'insert', title: 'Copy as insert statements' },
  { id: 'markdown', title: 'Copy as a Markdown table' },
] as const
export type CopyFormat = (typeof copyFormats)[number]['id']

export const copyActions = copyFormats.map(({ id, title }) => {
  return { id: `results.copy.${id}`, title, group: results, format: id } satisfies ActionLabel & { format: CopyFormat }
})

/** What can be done with a result that is shown. */
export const resultActions = {
  export: {
    id: 'results.export',
    title: 'Export the result to a file',
    group: results,
    shortcut: shortcuts.export,
    keywords: ['save', 'csv', 'json', 'excel', 'xlsx', 'parquet', 'download'],
  },
  find: {
    id: 'results.find',
    title: 'Find in the result',
    group: results,
    shortcut: shortcuts.find,
    keywords: ['search'],
  },
  filter: {
    id: 'results.filter',
    title: 'Filter the result',
    group: results,
    shortcut: shortcuts.filter,
    keywords: ['where', 'condition', 'sort'],
  },
  asSent: {
    id: 'results.asSent',
    title: 'Show the result as it came, unsorted and unfiltered',
    group: results,
    keywords: ['sort', 'filter', 'reset'],
  },
  readToEnd: { id: 'results.readToEnd', title: 'Read all rows of the result', group: results },
} as const satisfies Record<string, ActionLabel>

/** What can be done with the cells and rows of a result that has a key. */
export const editActions = {
  cell: { id: 'results.edit.cell', title: 'Change the cell', group: results },
  null: { id: 'results.edit.null', title: 'Set the cell to null', group: results },
  empty: { id: 'results.edit.empty', title: 'Set the cell to an empty text', group: results },
  default: { id: 'results.edit.default', title: 'Set the cell to its default', group: results },
  add: { id: 'results.edit.add', title: 'Add a row', group: results, keywords: ['insert'] },
  delete: { id: 'results.edit.delete', title: 'Delete the rows', group: results },
  undo: { id: 'results.edit.undo', title: 'Undo the last change in the grid', group: results },
  discard: { id: 'results.edit.discard', title: 'Discard the changes in the grid', group: results },
  review: {
    id: 'results.edit.review',
    title: 'Review and apply the changes in the grid',
    group: results,
    shortcut: shortcuts.reviewEdits,
  },
} as const satisfies Record<string, ActionLabel>
