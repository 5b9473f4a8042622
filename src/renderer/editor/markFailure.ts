import { monaco } from '../ui/monaco.ts'
import type { FailureMark } from './store.ts'

const owner = 'postgres'

/** Underlines where the last run failed, with the server's words to be read on hover; null takes the mark away. */
export function markFailure(model: monaco.editor.ITextModel, mark: FailureMark | null): void {
  monaco.editor.setModelMarkers(model, owner, mark === null ? [] : [markerOf(model, mark)])
}

function markerOf(model: monaco.editor.ITextModel, mark: FailureMark): monaco.editor.IMarkerData {
  const { fault } = mark
  const lines = [
    fault.message,
    ...(fault.detail === undefined ? [] : [`Detail: ${fault.detail}`]),
    ...(fault.hint === undefined ? [] : [`Hint: ${fault.hint}`]),
  ]
  return {
    ...placeOf(model, mark),
    severity: monaco.MarkerSeverity.Error,
    message: lines.join('\n'),
    source: 'PostgreSQL',
    ...(fault.sqlstate === undefined ? {} : { code: fault.sqlstate }),
  }
}

/** The word at the place; the first line of the statement where only that is known. */
function placeOf(model: monaco.editor.ITextModel, { offset, end }: FailureMark): monaco.IRange {
  const { lineNumber, column } = model.getPositionAt(offset)
  const lineEnd = model.getLineMaxColumn(lineNumber)
  const word = model.getWordAtPosition({ lineNumber, column })
  const wanted =
    end === null ? (word?.endColumn ?? column + 1) : columnOf(model.getPositionAt(end), lineNumber, lineEnd)
  const endColumn = Math.min(wanted, lineEnd)
  // At the end of the input nothing stands under the place: then what stands before it is underlined.
  const startColumn = endColumn > column ? column : Math.max(1, lineEnd - 1)
  return {
    startLineNumber: lineNumber,
    startColumn,
    endLineNumber: lineNumber,
    endColumn: Math.max(endColumn, startColumn + 1),
  }
}

function columnOf(position: monaco.IPosition, lineNumber: number, lineEnd: number): number {
  return position.lineNumber === lineNumber ? position.column : lineEnd
}
