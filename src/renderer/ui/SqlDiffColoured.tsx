import { useEffect, useRef } from 'react'
import { monaco, monacoOptions, monacoThemes, sqlLanguage } from './monaco.ts'
import classes from './SqlText.module.css'

interface SqlDiffColouredProps {
  before: string
  after: string
  label: string
  scheme: 'light' | 'dark'
}

/** The half of `SqlDiff` that needs the editor, in a chunk of its own. */
export default function SqlDiffColoured({ before, after, label, scheme }: SqlDiffColouredProps) {
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    monaco.editor.setTheme(monacoThemes[scheme])
  }, [scheme])

  useEffect(() => {
    if (frame.current === null) return
    const original = monaco.editor.createModel(before.trimEnd(), sqlLanguage)
    const modified = monaco.editor.createModel(after.trimEnd(), sqlLanguage)
    const editor = monaco.editor.createDiffEditor(frame.current, {
      ...monacoOptions,
      ariaLabel: label,
      readOnly: true,
      originalEditable: false,
      renderOverviewRuler: false,
      wordWrap: 'on',
      contextmenu: false,
      ignoreTrimWhitespace: false,
      renderSideBySide: true,
      useInlineViewWhenSpaceIsLimited: true,
    })
    const model = editor.createViewModel({ original, modified })
    editor.setModel(model)
    return () => {
      // First what compares: it may be waiting for its worker, which finds the texts no more.
      editor.setModel(null)
      model.dispose()
      editor.dispose()
      original.dispose()
      modified.dispose()
    }
  }, [before, after, label])

  return <div ref={frame} className={`${classes.diff} nokey`} />
}
