import { Button, Menu, Select, Splitter } from '@mantine/core'
import { ChevronDown, FileDown, FilePlus2, FolderPlus, Server } from 'lucide-react'
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../../session/actions.ts'
import { useSession } from '../../session/context.ts'
import { useReasonsRule } from '../../session/reasons.ts'
import type { ViewProps } from '../../session/targets.ts'
import { countText } from '../../ui/amounts.ts'
import { EmptyPage } from '../../ui/EmptyPage.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { ReasonBar } from '../../ui/ReasonFields.tsx'
import { ToolBar } from '../../ui/ToolBar.tsx'
import { importActions } from '../actions.ts'
import { chosenFiles } from './files.ts'
import { ItemDetail } from './ItemDetail.tsx'
import { ItemList } from './ItemList.tsx'
import { canStart, doubtsOf, isUnderWay } from './item.ts'
import { ServerFiles } from './ServerFiles.tsx'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** Has logs looked at, and imports them: what is dropped or chosen, how it is read, how far it is, what came of it. */
export default function ImportView(_props: ViewProps<'logImport'>) {
  const { items, fault, start, cancelAll, clear, pause, dismissFault } = useImport(
    useShallow(({ items, fault, start, cancelAll, clear, pause, dismissFault }) => {
      return { items, fault, start, cancelAll, clear, pause, dismissFault }
    }),
  )
  const choosing = useChoosing()
  const [server, setServer] = useState(false)
  const connected = useSession(({ current, connections }) => connections.get(current ?? '')?.state === 'open')
  const ready = items.filter((item) => item.state === 'ready' && canStart(item)).length
  const underWay = items.filter(isUnderWay)
  const doubtful = items.filter((item) => item.state === 'ready' && !item.accepted && doubtsOf(item).length > 0).length
  const clearable = items.some(({ state }) => state === 'done' || state === 'refused' || state === 'stopped')
  const current = items.find(({ state }) => state === 'importing')
  const isPaused = current?.progress?.phase === 'paused'

  useActions(
    useMemo(
      (): Action[] => [
        { ...importActions.choose, run: choosing.files },
        { ...importActions.folder, run: choosing.folder },
        { ...importActions.server, disabled: !connected, run: () => setServer(true) },
        { ...importActions.start, disabled: ready === 0, run: () => void start() },
        {
          ...importActions.pause,
          title: isPaused ? 'Go on with the import' : 'Pause the import',
          disabled: current === undefined,
          run: () => {
            if (current !== undefined) void pause(current.id, !isPaused)
          },
        },
        { ...importActions.stop, disabled: underWay.length === 0, run: cancelAll },
        { ...importActions.clear, disabled: !clearable, run: clear },
      ],
      [choosing, connected, ready, start, isPaused, current, pause, underWay.length, cancelAll, clearable, clear],
    ),
  )

  return (
    <>
      <ToolBar
        label="Import server logs"
        end={
          <>
            {clearable && (
              <Button variant="subtle" size="compact-sm" onClick={clear}>
                Clear what is done
              </Button>
            )}
            {underWay.length > 0 && (
              <Button variant="default" size="compact-sm" onClick={cancelAll}>
                Stop
              </Button>
            )}
            <Button size="compact-sm" disabled={ready === 0} onClick={() => void start()}>
              {ready === 0 ? 'Import' : `Import ${countText(ready, 'log')}`}
            </Button>
          </>
        }
      >
        <h1 className={classes.title}>Import server logs</h1>
        <AddMenu choosing={choosing} onServer={connected ? () => setServer(true) : null} />
        <Destination />
      </ToolBar>
      {choosing.inputs}
      {fault !== null && (
        <div className={classes.fault}>
          <FaultPanel fault={fault} onDismiss={dismissFault} />
        </div>
      )}
      {items.length === 0 ? (
        <EmptyPage
          icon={FileDown}
          title="Drop server logs on this window"
          actions={
            <>
              <Button leftSection={<FilePlus2 size={15} aria-hidden />} onClick={choosing.files}>
                Choose files
              </Button>
              <Button
                variant="default"
                leftSection={<Server size={15} aria-hidden />}
                disabled={!connected}
                onClick={() => setServer(true)}
              >
                From the server
              </Button>
            </>
          }
        >
          Or choose them. stderr, csvlog or jsonlog, plain or packed. You see how each is read, and what is masked in
          it, before anything is stored.
        </EmptyPage>
      ) : (
        <>
          {doubtful > 0 && (
            <p className={classes.doubtful} role="status">
              {doubtful === 1 ? 'One log needs' : `${doubtful} logs need`} a look before{' '}
              {doubtful === 1 ? 'it is' : 'they are'} imported.
            </p>
          )}
          <Splitter className={classes.split} lineSize={1} handleColor="var(--line)" withHandle={false}>
            <Splitter.Pane defaultSize={30} min={18} className={classes.pane}>
              <ItemList />
            </Splitter.Pane>
            <Splitter.Pane defaultSize={70} min={40} className={classes.pane}>
              <ItemDetail />
            </Splitter.Pane>
          </Splitter>
        </>
      )}
      {server && <ServerFiles onClose={() => setServer(false)} />}
    </>
  )
}

interface Choosing {
  readonly files: () => void
  readonly folder: () => void
  readonly inputs: ReactNode
}

/** The desktop's dialog where there is one, the browser's otherwise. */
function useChoosing(): Choosing {
  const pick = useImport((state) => state.pick)
  const addFiles = useImport((state) => state.addFiles)
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement | null>(null)
  const chooseFiles = useCallback(() => {
    void pick().then((done) => {
      if (!done) files.current?.click()
    })
  }, [pick])
  const chooseFolder = useCallback(() => folder.current?.click(), [])
  return useMemo(() => {
    const take = (input: HTMLInputElement): void => {
      addFiles(chosenFiles(input.files))
      // The same file may be chosen again.
      input.value = ''
    }
    return {
      files: chooseFiles,
      folder: chooseFolder,
      inputs: (
        <>
          <input
            ref={files}
            type="file"
            multiple
            hidden
            aria-label="Log files"
            onChange={({ currentTarget }) => take(currentTarget)}
          />
          <input
            ref={(input) => {
              folder.current = input
              if (input !== null) input.webkitdirectory = true
            }}
            type="file"
            multiple
            hidden
            aria-label="Folder of logs"
            onChange={({ currentTarget }) => take(currentTarget)}
          />
        </>
      ),
    }
  }, [chooseFiles, chooseFolder, addFiles])
}

function AddMenu({ choosing, onServer }: { choosing: Choosing; onServer: (() => void) | null }) {
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" size="compact-sm" rightSection={<ChevronDown size={13} aria-hidden />}>
          Add
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<FilePlus2 size={14} aria-hidden />} onClick={choosing.files}>
          Files…
        </Menu.Item>
        <Menu.Item leftSection={<FolderPlus size={14} aria-hidden />} onClick={choosing.folder}>
          A folder…
        </Menu.Item>
        <Menu.Item
          leftSection={<Server size={14} aria-hidden />}
          disabled={onServer === null}
          onClick={onServer ?? undefined}
        >
          From the server…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Where the logs go, and why. */
function Destination() {
  const { target, setTarget, reasons, setReasons } = useImport(
    useShallow(({ target, setTarget, reasons, setReasons }) => ({ target, setTarget, reasons, setReasons })),
  )
  const current = useSession((session) => session.current)
  const connections = useSession((session) => session.connections)
  const chosen = target ?? current
  const { asks } = useReasonsRule(reasons, chosen ?? undefined)
  const data = [...connections.values()].map(({ connection }) => ({ value: connection.id, label: connection.name }))
  return (
    <>
      <Select
        size="xs"
        aria-label="Import to"
        className={classes.destination}
        placeholder={data.length === 0 ? 'Open a connection first' : 'Import to'}
        leftSection={<span className={classes.to}>to</span>}
        disabled={data.length === 0}
        data={data}
        value={connections.has(chosen ?? '') ? chosen : null}
        onChange={(id) => {
          if (id !== null) setTarget(id)
        }}
      />
      <ReasonBar reasons={reasons} onChange={setReasons} asks={asks} />
    </>
  )
}
