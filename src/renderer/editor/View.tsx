import { Button, Loader, Splitter } from '@mantine/core'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useSession } from '../session/context.ts'
import type { ViewProps } from '../session/targets.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { keysAsText } from '../ui/Keys.tsx'
import { AskReasons } from './AskReasons.tsx'
import { editorActions } from './actions.ts'
import { ConfirmDangers } from './ConfirmDangers.tsx'
import { DiscardChanges } from './DiscardChanges.tsx'
import { FillParameters } from './FillParameters.tsx'
import type { EditorHandle } from './handle.ts'
import { LostNotice } from './LostNotice.tsx'
import { FormatNote } from './language/FormatNote.tsx'
import { useLanguage } from './language/store.ts'
import { ResultPane } from './ResultPane.tsx'
import { RunBar } from './RunBar.tsx'
import { SaveDialog } from './saved/SaveDialog.tsx'
import { useSaved } from './saved/store.ts'
import { shortcuts } from './shortcuts.ts'
import { type EditorState, useEditor } from './store.ts'
import { TransactionNotice } from './TransactionNotice.tsx'
import classes from './View.module.css'

const SqlEditor = lazy(() => import('./SqlEditor.tsx'))

const placeholder =
  `Write SQL here. ${keysAsText(shortcuts.run)} runs the statement at the cursor, ` +
  `${keysAsText(shortcuts.runAll)} runs all of it.`

const doings = ({ begin, changed, unmark, runStatement, runPart, cancel, endTransaction, setMode }: EditorState) => ({
  begin,
  changed,
  unmark,
  runStatement,
  runPart,
  cancel,
  endTransaction,
  setMode,
})

/** One tab with SQL: the text above, what the server answered below. */
export default function EditorView({ tab }: ViewProps<'editor'>) {
  const connection = useSession(({ connections }) => connections.get(tab.connection ?? '')?.connection)
  const text = useEditor((state) => state.text)
  const textFault = useEditor((state) => state.textFault)
  const statements = useEditor((state) => state.statements)
  const mark = useEditor((state) => state.mark)
  const transaction = useEditor((state) => state.transaction)
  const mode = useEditor((state) => state.mode)
  const busy = useEditor(({ run, looking }) => looking !== null || (run !== null && run.state !== 'done'))
  const language = useLanguage((state) => state.language)
  const format = useLanguage((state) => state.format)
  const { begin, changed, unmark, runStatement, runPart, cancel, endTransaction, setMode } = useEditor(
    useShallow(doings),
  )
  const beginSaved = useSaved((state) => state.begin)
  const followSaved = useSaved((state) => state.follow)
  const save = useSaved((state) => state.save)
  const saveAs = useSaved((state) => state.saveAs)
  const handle = useRef<EditorHandle | null>(null)

  useEffect(() => {
    begin()
    void beginSaved()
  }, [begin, beginSaved])

  const onChanged = useCallback(
    (sql: string) => {
      void changed(sql)
      followSaved(sql)
    },
    [changed, followSaved],
  )

  const runHere = useCallback(
    (explain: 'plan' | 'analyze' | null) => {
      // The text is kept before it runs: whatever becomes of the program meanwhile, it is there again.
      handle.current?.settle()
      const selected = handle.current?.selection()
      if (selected) void runPart(selected, explain)
      else if (handle.current) void runStatement(handle.current.sql(), handle.current.cursor(), explain)
    },
    [runPart, runStatement],
  )
  const run = useCallback(() => runHere(null), [runHere])
  const explain = useCallback(() => runHere('plan'), [runHere])
  const runAll = useCallback(() => {
    handle.current?.settle()
    if (handle.current) void runPart({ sql: handle.current.sql(), base: 0 })
  }, [runPart])

  useActions(
    useMemo((): Action[] => {
      return [
        { ...editorActions.run, disabled: busy, run },
        { ...editorActions.runAll, disabled: busy, run: runAll },
        { ...editorActions.cancel, disabled: !busy, run: cancel },
        { ...editorActions.save, run: () => void save(handle.current?.sql() ?? '') },
        { ...editorActions.saveAs, run: () => saveAs(handle.current?.sql() ?? '') },
        { ...editorActions.format, run: () => void handle.current?.format() },
        { ...editorActions.explain, disabled: busy, run: explain },
        { ...editorActions.analyze, disabled: busy, run: () => runHere('analyze') },
        { ...editorActions.commit, disabled: busy || transaction !== 'open', run: () => void endTransaction('commit') },
        {
          ...editorActions.rollback,
          disabled: busy || transaction === 'idle',
          run: () => void endTransaction('rollback'),
        },
        {
          ...editorActions.mode,
          title: mode === 'auto' ? 'Transactions by hand in this tab' : 'Commit each run by itself in this tab',
          run: () => setMode(mode === 'auto' ? 'manual' : 'auto'),
        },
      ]
    }, [busy, run, runAll, cancel, explain, runHere, transaction, endTransaction, mode, setMode, save, saveAs]),
  )

  const keep = useSession((session) => session.keep)
  const runAtOnce = tab.target.run === true
  const onReady = useCallback(
    (ready: EditorHandle | null) => {
      handle.current = ready
      ready?.focus()
      if (ready === null || !runAtOnce) return
      // Once: the tab may be made anew after a reconnect.
      const { run: _once, ...rest } = tab.target
      keep(tab.id, rest)
      runAll()
    },
    [runAtOnce, runAll, keep, tab],
  )
  const goTo = useCallback((offset: number) => handle.current?.goTo(offset), [])

  return (
    <div className={classes.view}>
      <RunBar onRun={run} onRunAll={runAll} onExplain={explain} />
      <TransactionNotice />
      <LostNotice connection={tab.connection} />
      <FormatNote />
      <SaveDialog />
      <Splitter
        orientation="vertical"
        className={classes.split}
        lineSize={1}
        handleColor="var(--line)"
        withHandle={false}
      >
        <Splitter.Pane defaultSize={48} min={15} className={classes.pane}>
          {textFault !== null && text === null && (
            <FaultPanel
              fault={textFault}
              title="The text of this tab could not be read"
              actions={
                <Button size="compact-sm" variant="default" onClick={begin}>
                  Try again
                </Button>
              }
            />
          )}
          {text !== null && (
            <Suspense fallback={<Loader className={classes.loading} aria-label="Loading the editor" />}>
              <SqlEditor
                text={text}
                placeholder={placeholder}
                statements={statements}
                mark={mark}
                running={busy}
                language={language}
                format={format}
                onEdit={unmark}
                onChanged={onChanged}
                onReady={onReady}
              />
            </Suspense>
          )}
        </Splitter.Pane>
        <Splitter.Pane defaultSize={52} min={15} className={classes.pane}>
          <ResultPane goTo={goTo} />
        </Splitter.Pane>
      </Splitter>
      <AskReasons connection={connection?.name ?? ''} />
      <FillParameters />
      <DiscardChanges />
      <ConfirmDangers connection={connection?.name ?? ''} />
    </div>
  )
}
