import { useCallback, useState } from 'react'
import { type Fault, toFault } from '../../../core/fault.ts'
import { countText } from '../../ui/amounts.ts'
import type { CopyFormat } from '../actions.ts'
import type { Result } from '../run.ts'
import { useEditor } from '../store.ts'
import { copied, copiedNow } from './copy.ts'
import { eachShown, rowsAtHand } from './copyRows.ts'
import type { GridEdit } from './ResultGrid.tsx'
import { rectangleOf, type Selection } from './selection.ts'

type Copying =
  | { readonly state: 'idle' | 'copying' }
  | { readonly state: 'copied'; readonly rows: number; readonly columns: number }
  | { readonly state: 'failed'; readonly fault: Fault }

/** Puts what is selected on the clipboard, and says what came of it. */
export function useCopy(result: Result, selection: Selection, edit: GridEdit) {
  const eachPart = useEditor((state) => state.eachPart)
  const pagesAt = useEditor((state) => state.pagesAt)
  const [copying, setCopying] = useState<Copying>({ state: 'idle' })
  const copy = useCallback(
    async (format: CopyFormat): Promise<void> => {
      const { index, columns, dateStyle } = result
      const range = rectangleOf(selection)
      const chosen = { columns: columns.slice(range.left, range.right + 1), dateStyle }
      const rows = range.bottom - range.top + 1
      const pages = pagesAt(index)
      const here = pages && rowsAtHand(pages, columns, range, edit.look)
      setCopying({ state: 'copying' })
      try {
        const text =
          here === null
            ? await copied(format, chosen, rows, (take) =>
                eachShown(range, edit.look, columns.length, (part, each) => eachPart(index, part, each), take),
              )
            : copiedNow(format, chosen, here)
        await navigator.clipboard.writeText(text)
        setCopying({ state: 'copied', rows, columns: chosen.columns.length })
      } catch (thrown) {
        setCopying({ state: 'failed', fault: toFault(thrown) })
      }
    },
    [result, selection, edit, eachPart, pagesAt],
  )
  const forget = useCallback(() => setCopying({ state: 'idle' }), [])
  return { copy, copyFault: copying.state === 'failed' ? copying.fault : null, copyText: textOf(copying), forget }
}

function textOf(copying: Copying): string {
  if (copying.state === 'copying') return 'Copying'
  if (copying.state !== 'copied') return ''
  return copying.rows * copying.columns === 1 ? 'Value copied' : `${countText(copying.rows, 'row')} copied`
}
