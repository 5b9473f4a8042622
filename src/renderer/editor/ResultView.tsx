import { type ComponentProps, useCallback, useEffect, useMemo, useState } from 'react'
import { asSent, isAsSent, type SortKey } from '../../core/editor/arrange.ts'
import type { Column } from '../../core/editor/contract.ts'
import { type Action, useActions } from '../session/actions.ts'
import { useSession } from '../session/context.ts'
import { countText } from '../ui/amounts.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ArrangeBar } from './ArrangeBar.tsx'
import { copyActions, editActions, resultActions } from './actions.ts'
import { nextSort } from './arranging.ts'
import { ExportBar } from './ExportBar.tsx'
import type { Editing } from './editing.ts'
import { EditBar } from './grid/EditBar.tsx'
import { EditConflicts } from './grid/EditConflicts.tsx'
import { EditButton, EditMenu } from './grid/EditMenu.tsx'
import { EditReview } from './grid/EditReview.tsx'
import { countChanges, shownRow } from './grid/editList.ts'
import { FindBar } from './grid/FindBar.tsx'
import { HeaderMenu, type HeaderPlace } from './grid/HeaderMenu.tsx'
import { cutLengthAt, rowAt } from './grid/pages.ts'
import { type GridEdit, ResultGrid } from './grid/ResultGrid.tsx'
import { StatisticsPane } from './grid/StatisticsPane.tsx'
import { at, type Place, type Selection } from './grid/selection.ts'
import { useCopy } from './grid/useCopy.ts'
import { type EditDoings, useGridEdit } from './grid/useGridEdit.tsx'
import { ValuePane } from './grid/ValuePane.tsx'
import { ResultCounts } from './ResultCounts.tsx'
import classes from './Results.module.css'
import { hasMore, pagesOf, type Result } from './run.ts'
import { useEditor } from './store.ts'

/** One result: its grid, the value that is looked at, how many rows there are. */
export function ResultView({ result }: { result: Result }) {
  const { index, columns, known, reading, fault, arrangement } = result
  const arrange = useEditor((state) => state.arrange)
  const askFilter = useEditor((state) => state.askFilter)
  const [menu, setMenu] = useState<HeaderPlace | null>(null)
  const [goTo, setGoTo] = useState<{ row: number; column: number | null } | null>(null)
  const [finding, setFinding] = useState(false)
  const [pane, setPane] = useState<Pane | null>(null)
  const need = useEditor((state) => state.need)
  const readToEnd = useEditor((state) => state.readToEnd)
  const widths = useEditor((state) => state.widths)
  const setWidth = useEditor((state) => state.setWidth)
  const askExport = useEditor((state) => state.askExport)
  const [selection, setSelection] = useState(at(0, 0))
  const grid = useGridEdit(result, selection, setSelection)
  const { edit, editing, doings } = grid
  const { copy, copyFault, copyText, forget } = useCopy(result, selection, edit)
  const connection = useSession(({ connections, current }) => connections.get(current ?? '')?.connection)
  const onNeed = useCallback((from: number, to: number) => need(index, from, to), [need, index])
  const more = hasMore(result)

  const sort = useCallback(
    (next: SortKey[]) => void arrange(index, { ...arrangement, sort: next }),
    [arrange, index, arrangement],
  )
  // Other rows stand at the places that were selected.
  const { id } = result
  // biome-ignore lint/correctness/useExhaustiveDependencies: the id says when the rows are others.
  useEffect(() => {
    setSelection(({ focus }) => at(0, focus.column))
    setGoTo({ row: 0, column: null })
    forget()
  }, [id])

  const [goesToEnd, setGoesToEnd] = useState<Selection | null>(null)
  const toEnd = useCallback(
    async (next: Selection) => {
      await readToEnd(index)
      setGoesToEnd(next)
    },
    [readToEnd, index],
  )
  // Only now is it known which row is the last.
  if (goesToEnd !== null && reading === null) {
    const focus = { ...goesToEnd.focus, row: Math.max(0, known - 1) }
    setGoesToEnd(null)
    setSelection({ anchor: goesToEnd.anchor === goesToEnd.focus ? focus : goesToEnd.anchor, focus })
  }

  useActions(
    useMemo((): Action[] => {
      return [
        ...copyActions.map(({ format, ...label }) => ({
          ...label,
          disabled: known === 0,
          run: () => void copy(format),
        })),
        { ...resultActions.export, run: () => askExport(index) },
        ...editsOf(doings, editing),
        { ...resultActions.find, disabled: known === 0, run: () => setFinding(true) },
        { ...resultActions.filter, run: () => askFilter({ index, filter: arrangement.filter }) },
        { ...resultActions.asSent, disabled: isAsSent(arrangement), run: () => void arrange(index, asSent) },
        { ...resultActions.readToEnd, disabled: !more || reading === 'toEnd', run: () => void readToEnd(index) },
      ]
    }, [copy, askExport, askFilter, arrange, arrangement, known, more, reading, readToEnd, index, doings, editing]),
  )

  const { focus } = selection
  const column = columns[focus.column]
  const place = typeof pane === 'object' && pane !== null ? pane.column : -1
  const counted = columns[place]
  return (
    <div className={classes.result}>
      <div className={classes.faults}>
        {fault !== null && (
          <FaultPanel title={`Only the first ${countText(known, 'row')} could be read`} fault={fault} />
        )}
        {copyFault !== null && <FaultPanel title="Nothing was copied" fault={copyFault} onDismiss={forget} />}
      </div>
      <ArrangeBar result={result} />
      {finding && (
        <FindBar
          index={index}
          result={id}
          onGo={(match) => {
            setSelection(at(match.row, match.column))
            setGoTo({ row: match.row, column: match.column })
          }}
          onClose={() => setFinding(false)}
        />
      )}
      <HeaderMenu
        place={menu}
        name={columns[menu?.column ?? 0]?.name ?? ''}
        sort={arrangement.sort}
        onClose={() => setMenu(null)}
        onSort={sort}
        onFilter={() =>
          askFilter({
            index,
            filter: [...arrangement.filter, { column: menu?.column ?? 0, is: 'contains', value: '' }],
          })
        }
        onStatistics={() => setPane({ column: menu?.column ?? 0 })}
        onSelect={() => {
          const column = menu?.column ?? 0
          setSelection({ anchor: { row: Math.max(0, known - 1), column }, focus: { row: 0, column } })
        }}
      />
      <div className={classes.resultMain}>
        <Rows
          result={result}
          label="Result"
          columns={columns}
          known={known}
          more={more}
          widths={widths}
          onResize={setWidth}
          onNeed={onNeed}
          arrangement={arrangement}
          onSort={(place, adding) => sort(nextSort(arrangement.sort, place, adding))}
          onMenu={(place, x, y) => setMenu({ column: place, x, y })}
          onFind={() => setFinding(true)}
          goTo={goTo}
          selection={selection}
          onSelect={setSelection}
          onEnd={(next) => void toEnd(next)}
          onCopy={() => void copy('text')}
          onOpenValue={() => setPane('value')}
          edit={edit}
        />
        {counted !== undefined && (
          <StatisticsPane
            key={place}
            index={index}
            result={id}
            known={known}
            column={counted}
            place={place}
            onClose={() => setPane(null)}
          />
        )}
        {pane === 'value' && column !== undefined && known > 0 && (
          <Value
            key={`${focus.row} ${focus.column}`}
            result={result}
            column={column}
            focus={focus}
            edit={edit}
            onClose={() => setPane(null)}
          />
        )}
      </div>
      <EditBar {...grid} index={index} />
      <EditMenu {...grid} />
      <EditReview index={index} editing={editing} connection={connection} />
      <EditConflicts index={index} editing={editing} columns={columns} />
      <ExportBar index={index} />
      <ResultCounts result={result} selection={selection} said={copyText}>
        <EditButton editing={editing} doings={doings} />
      </ResultCounts>
    </div>
  )
}

/** The grid. It alone is drawn again with each page that comes. */
function Rows({ result, ...props }: { result: Result } & Omit<ComponentProps<typeof ResultGrid>, 'pages'>) {
  return <ResultGrid {...props} pages={useEditor((state) => pagesOf(state.pages, result))} />
}

interface ValueProps {
  result: Result
  column: Column
  focus: Place
  edit: GridEdit
  onClose: () => void
}

/** The value that one is at. */
function Value({ result, column, focus, edit, onClose }: ValueProps) {
  const pages = useEditor((state) => pagesOf(state.pages, result))
  return (
    <ValuePane
      column={column}
      value={shownRow(edit.look(focus.row), rowAt(pages, focus.row), result.columns.length)?.[focus.column]}
      length={isAsRead(edit, focus) ? cutLengthAt(pages, focus.row, focus.column) : undefined}
      place={{ index: result.index, row: focus.row, column: focus.column }}
      onClose={onClose}
    />
  )
}

/** What stands beside the grid, one at a time so that the grid keeps its room: the value one is at, or a column's figures. */
type Pane = 'value' | { readonly column: number }

/** Keys of the grid alone are shown in its menu: in the text, they mean something else. */
function editsOf(doings: EditDoings, editing: Editing | undefined): Action[] {
  const disabled = editing?.editable == null
  const unchanged = editing === undefined || countChanges(editing.list) === 0
  const untouched = (editing?.past.length ?? 0) === 0
  return [
    { ...editActions.cell, disabled, run: doings.begin },
    { ...editActions.null, disabled, run: doings.setNull },
    { ...editActions.empty, disabled, run: doings.setEmpty },
    { ...editActions.default, disabled, run: doings.setDefault },
    { ...editActions.add, disabled, run: doings.addRow },
    { ...editActions.delete, disabled, run: doings.deleteRows },
    { ...editActions.undo, disabled: untouched, run: doings.undo },
    { ...editActions.discard, disabled: unchanged, run: doings.discard },
    { ...editActions.review, disabled: unchanged, run: doings.review },
  ]
}

/** The grid shows what was read, and nothing newer. */
function isAsRead(edit: GridEdit, { row, column }: Place): boolean {
  const look = edit.look(row)
  return look?.row == null && look?.cells.has(column) !== true
}
