import { useEffect, useRef, useState } from 'react'
import { monaco, monacoOptions, monacoThemes, sqlLanguage } from './monaco.ts'
import classes from './SqlText.module.css'

interface SqlColouredProps {
  sql: string
  label: string
  scheme: 'light' | 'dark'
}

/** The coloured half of `SqlText`, in a chunk of its own. */
export default function SqlColoured({ sql, label, scheme }: SqlColouredProps) {
  const frame = useRef<HTMLDivElement>(null)
  // A first guess: Monaco colours at once what is in sight, and the rest when the machine is idle.
  const [height, setHeight] = useState(() => heightOf(sql))

  useEffect(() => {
    monaco.editor.setTheme(monacoThemes[scheme])
  }, [scheme])

  useEffect(() => {
    if (frame.current === null) return
    const editor = monaco.editor.create(frame.current, {
      ...monacoOptions,
      value: sql.trimEnd(),
      language: sqlLanguage,
      ariaLabel: label,
      readOnly: true,
      domReadOnly: true,
      lineNumbers: 'off',
      lineDecorationsWidth: 10,
      lineNumbersMinChars: 0,
      overviewRulerLanes: 0,
      wordWrap: 'on',
      contextmenu: false,
      occurrencesHighlight: 'off',
      scrollbar: { ...monacoOptions.scrollbar, alwaysConsumeMouseWheel: false },
    })
    const takeHeight = (): void => setHeight(editor.getContentHeight())
    takeHeight()
    const watching = editor.onDidContentSizeChange(takeHeight)
    return () => {
      watching.dispose()
      editor.getModel()?.dispose()
      editor.dispose()
    }
  }, [sql, label])

  return <div ref={frame} className={`${classes.coloured} nokey`} style={{ height }} />
}

function heightOf(sql: string): number {
  const { lineHeight, padding } = monacoOptions
  return sql.trimEnd().split('\n').length * lineHeight + padding.top + padding.bottom
}
