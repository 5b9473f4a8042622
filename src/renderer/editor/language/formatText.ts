import type { FormatAnswer } from '../../../core/editor/language.ts'
import { monaco } from '../../ui/monaco.ts'

/**
 * Puts the selection, or the whole text, into form, as one step that can be undone. An answer to a text that has
 * changed meanwhile is let go.
 */
export async function formatText(
  editor: monaco.editor.IStandaloneCodeEditor,
  format: (sql: string, cursor: number) => Promise<FormatAnswer | null>,
): Promise<void> {
  const model = editor.getModel()
  const position = editor.getPosition()
  if (model === null || position === null) return
  const selection = editor.getSelection()
  const part = selection === null || selection.isEmpty() ? model.getFullModelRange() : selection
  const base = model.getOffsetAt(part.getStartPosition())
  const version = model.getVersionId()
  const answer = await format(model.getValueInRange(part), Math.max(0, model.getOffsetAt(position) - base))
  if (answer === null || model.isDisposed() || model.getVersionId() !== version) return
  const edits = answer.edits.map(({ start, end, text }) => ({
    range: monaco.Range.fromPositions(model.getPositionAt(base + start), model.getPositionAt(base + end)),
    text,
  }))
  if (edits.length === 0) return
  editor.pushUndoStop()
  editor.executeEdits('format', edits)
  editor.pushUndoStop()
  editor.setPosition(model.getPositionAt(base + answer.cursor))
  editor.revealPositionInCenterIfOutsideViewport(editor.getPosition() ?? position)
}
