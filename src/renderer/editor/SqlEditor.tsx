import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { Statement } from '../../core/editor/contract.ts'
import type { FormatAnswer } from '../../core/editor/language.ts'
import { statementAt } from '../../core/editor/statementAt.ts'
import { monaco, monacoOptions, monacoThemes, sqlLanguage } from '../ui/monaco.ts'
import type { EditorHandle } from './handle.ts'
import { formatText } from './language/formatText.ts'
import { answerFor } from './language/providers.ts'
import type { Language } from './language/store.ts'
import { markFailure } from './markFailure.ts'
import classes from './SqlEditor.module.css'
import type { FailureMark } from './store.ts'

interface SqlEditorProps {
  /** What it begins with; later changes of it are not looked at. */
  text: string
  placeholder: string
  statements: readonly Statement[]
  mark: FailureMark | null
  /** Escape ends the run then, also where text is selected. */
  running: boolean
  language: Language
  format: (sql: string, cursor: number) => Promise<FormatAnswer | null>
  /** At once, at each change. */
  onEdit: () => void
  /** A little after the last change, and before the editor goes. */
  onChanged: (sql: string) => void
  onReady: (handle: EditorHandle | null) => void
}

/** Statements are looked for when the fingers rest. */
const restMs = 250

const runningKey = 'pgstewardRunning'
// Escape would take a selection away, and be asked for once more: what was selected is often what runs.
monaco.editor.addKeybindingRule({
  keybinding: monaco.KeyCode.Escape,
  command: null,
  when: `${runningKey} && editorHasSelection && !findWidgetVisible`,
})

/** Monaco for one tab. Import it lazily: it brings some megabytes. */
export default function SqlEditor(props: SqlEditorProps) {
  const { text, placeholder, statements, mark, running } = props
  const frame = useRef<HTMLDivElement>(null)
  const made = useRef<Made | null>(null)
  const latest = useRef(props)
  latest.current = props
  const scheme = useComputedColorScheme('light')

  useEffect(() => monaco.editor.setTheme(monacoThemes[scheme]), [scheme])

  // The editor is made once for the life of the tab; what it calls is looked up when it is called.
  const begin = useRef({ text, placeholder })
  useEffect(() => {
    if (frame.current === null) return
    const mine = make(frame.current, begin.current.text, begin.current.placeholder, latest)
    made.current = mine
    latest.current.onReady(mine.handle)
    return () => {
      latest.current.onReady(null)
      made.current = null
      mine.dispose()
    }
  }, [])

  useEffect(() => made.current?.drawStatement(statements), [statements])

  useEffect(() => made.current?.running.set(running), [running])

  useEffect(() => {
    const model = made.current?.editor.getModel()
    if (model) markFailure(model, mark)
    if (mark !== null) made.current?.editor.revealPositionInCenterIfOutsideViewport(positionOf(model, mark))
  }, [mark])

  return <div ref={frame} className={`${classes.frame} nokey`} />
}

interface Made {
  readonly editor: monaco.editor.IStandaloneCodeEditor
  readonly handle: EditorHandle
  readonly running: monaco.editor.IContextKey<boolean>
  drawStatement(statements: readonly Statement[]): void
  dispose(): void
}

function make(
  frame: HTMLElement,
  text: string,
  placeholder: string,
  latest: { readonly current: SqlEditorProps },
): Made {
  const editor = monaco.editor.create(frame, {
    ...monacoOptions,
    value: text,
    language: sqlLanguage,
    ariaLabel: 'SQL',
    placeholder,
    tabSize: 2,
    insertSpaces: true,
    glyphMargin: false,
    quickSuggestions: { other: true, comments: false, strings: false },
    quickSuggestionsDelay: 60,
    suggestSelection: 'first',
    suggest: { showWords: false, snippetsPreventQuickSuggestions: false, showStatusBar: false },
    parameterHints: { enabled: true, cycle: true },
    wordBasedSuggestions: 'off',
    occurrencesHighlight: 'off',
    stickyScroll: { enabled: false },
  })
  const marks = editor.createDecorationsCollection()
  let known: readonly Statement[] = []
  /** The statements are those of this version of the text. */
  let knownVersion = 0
  let askedVersion = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const model = (): monaco.editor.ITextModel => {
    const current = editor.getModel()
    if (current === null) throw new Error('The editor has lost its text.')
    return current
  }
  answerFor(model(), latest.current.language)
  const cursor = (): number => model().getOffsetAt(editor.getPosition() ?? { lineNumber: 1, column: 1 })

  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    askedVersion = model().getVersionId()
    latest.current.onChanged(model().getValue())
  }

  const drawCurrent = (): void => {
    if (knownVersion !== model().getVersionId()) return
    const current = statementAt(known, model().getValue(), cursor())
    if (current === undefined || known.length < 2) {
      marks.clear()
      return
    }
    const range = rangeOf(model(), current.start, current.end)
    marks.set([
      {
        range,
        options: {
          isWholeLine: true,
          className: classes.current ?? null,
          linesDecorationsClassName: classes.bar ?? null,
        },
      },
    ])
  }

  const listening = [
    editor.onDidChangeModelContent(() => {
      latest.current.onEdit()
      clearTimeout(timer)
      timer = setTimeout(tell, restMs)
    }),
    editor.onDidChangeCursorPosition(drawCurrent),
  ]
  const settle = (): void => {
    if (timer !== undefined) tell()
  }
  // A page that is reloaded in the middle of a word keeps the word.
  window.addEventListener('pagehide', settle)
  tell()

  return {
    editor,
    running: editor.createContextKey(runningKey, false),
    handle: {
      sql: () => model().getValue(),
      settle,
      cursor,
      selection: () => {
        const selection = editor.getSelection()
        if (selection === null || selection.isEmpty()) return null
        return { sql: model().getValueInRange(selection), base: model().getOffsetAt(selection.getStartPosition()) }
      },
      goTo: (offset) => {
        const position = model().getPositionAt(offset)
        editor.setPosition(position)
        editor.revealPositionInCenter(position)
        editor.focus()
      },
      focus: () => editor.focus(),
      format: () => formatText(editor, latest.current.format),
    },
    drawStatement: (statements) => {
      known = statements
      knownVersion = askedVersion
      drawCurrent()
    },
    dispose: () => {
      settle()
      window.removeEventListener('pagehide', settle)
      for (const each of listening) each.dispose()
      model().dispose()
      editor.dispose()
    },
  }
}

function rangeOf(model: monaco.editor.ITextModel, start: number, end: number): monaco.Range {
  const from = model.getPositionAt(start)
  const to = model.getPositionAt(end)
  return new monaco.Range(from.lineNumber, from.column, to.lineNumber, to.column)
}

function positionOf(model: monaco.editor.ITextModel | null | undefined, { offset }: FailureMark): monaco.IPosition {
  return model?.getPositionAt(offset) ?? { lineNumber: 1, column: 1 }
}
