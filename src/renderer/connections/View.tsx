import { Button } from '@mantine/core'
import { Plug, ServerCog } from 'lucide-react'
import { type FormEvent, useEffect, useMemo, useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Action, useActions } from '../session/actions.ts'
import { useSession } from '../session/context.ts'
import type { ViewProps } from '../session/targets.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { keysAsText } from '../ui/Keys.tsx'
import { connectionActions } from './actions.ts'
import { EncryptionFields } from './EncryptionFields.tsx'
import { FoundField } from './FoundField.tsx'
import { nameOf, useConnectionForm } from './form.ts'
import { IdentityFields } from './IdentityFields.tsx'
import { ServerAnswer } from './ServerAnswer.tsx'
import { ServerFields } from './ServerFields.tsx'
import { SshField } from './SshField.tsx'
import { settingsOf, useConnections } from './store.ts'
import { UrlField } from './UrlField.tsx'
import classes from './View.module.css'

/** The form of one connection: new, saved, or a copy. */
export default function ConnectionView({ tab }: ViewProps<'connection'>) {
  const { id, copyOf, url } = tab.target
  const saved = useConnections((state) => state.saved)
  const begin = useConnectionForm((form) => form.begin)
  const begun = useConnectionForm((form) => form.begun)
  const takeUrl = useConnectionForm((form) => form.takeUrl)
  const look = useConnectionForm((form) => form.look)
  const keep = useSession((session) => session.keep)
  const retitle = useSession((session) => session.retitle)

  // Begins once, when the list is there: what is typed later is not overwritten by a new list.
  useEffect(() => {
    if (begun || saved === null) return
    const source = saved.find((connection) => connection.id === (id ?? copyOf))
    const settings = source === undefined ? null : settingsOf(source)
    if (copyOf !== undefined && settings !== null) begin(null, { ...settings, name: `${settings.name} (copy)` })
    else begin(settings === null ? null : (id ?? null), settings)
    retitle(tab.id, id !== undefined && settings !== null ? settings.name : 'New connection')
    if (url === undefined) return
    takeUrl(url)
    // It may hold a password: it is not kept with the tab.
    keep(tab.id, { view: 'connection' })
  }, [begun, saved, id, copyOf, url, begin, takeUrl, keep, retitle, tab.id])

  useEffect(() => {
    void look()
  }, [look])

  return <ConnectionForm tabId={tab.id} />
}

function ConnectionForm({ tabId }: { tabId: string }) {
  const form = useConnectionForm(
    useShallow(({ id, values, busy, fault, faultTitle, report, test, dismissFault }) => {
      return { id, values, busy, fault, faultTitle, report, test, dismissFault }
    }),
  )
  const { save, saveAndOpen } = useSaving(tabId)
  const answer = useRef<HTMLDivElement>(null)
  const { fault, report } = form
  useEffect(() => {
    // In a narrow window the answer stands below the fields, perhaps out of sight.
    if (fault !== null || report !== null) answer.current?.scrollIntoView({ block: 'nearest' })
  }, [fault, report])
  useFormActions({ save, saveAndOpen, test: form.test })

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void saveAndOpen()
  }

  return (
    <form className={classes.page} onSubmit={submit} noValidate aria-label="Connection">
      <div className={classes.columns}>
        <div className={classes.fields}>
          <header className={classes.header}>
            <ServerCog size={20} strokeWidth={1.6} aria-hidden />
            <h1 className={classes.title}>{form.id === null ? 'New connection' : 'Edit the connection'}</h1>
          </header>
          <UrlField />
          <FoundField />
          <IdentityFields placeholder={nameOf(form.values)} />
          <ServerFields />
          <SshField />
          <EncryptionFields />
        </div>
        <div ref={answer} className={classes.answer} aria-live="polite">
          {form.fault !== null ? (
            <FaultPanel fault={form.fault} title={form.faultTitle} onDismiss={form.dismissFault} />
          ) : (
            <ServerAnswer report={form.report} busy={form.busy === 'test'} />
          )}
        </div>
      </div>
      <Buttons onSave={save} />
    </form>
  )
}

function Buttons({ onSave }: { onSave: () => Promise<void> }) {
  const { busy, test, cancelTest } = useConnectionForm(
    useShallow(({ busy, test, cancelTest }) => ({ busy, test, cancelTest })),
  )
  return (
    <footer className={classes.buttons}>
      <Button
        type="submit"
        leftSection={<Plug size={15} aria-hidden />}
        loading={busy === 'save'}
        title={keysAsText(connectionActions.open.shortcut)}
      >
        Save and open
      </Button>
      <Button
        variant="default"
        onClick={() => void onSave()}
        disabled={busy === 'save'}
        title={keysAsText(connectionActions.save.shortcut)}
      >
        Save
      </Button>
      <span className={classes.space} />
      {busy === 'test' ? (
        <Button variant="default" onClick={cancelTest}>
          Stop the test
        </Button>
      ) : (
        <Button variant="default" onClick={() => void test()} title={keysAsText(connectionActions.test.shortcut)}>
          Test
        </Button>
      )}
    </footer>
  )
}

/** Saving, and what follows from it in the window: the list, the tab's name, the open connection. */
function useSaving(tabId: string) {
  const save = useConnectionForm((form) => form.save)
  const load = useConnections((state) => state.load)
  const show = useConnections((state) => state.open)
  const { keep, retitle, closeTab, select } = useSession((session) => session)

  return useMemo(() => {
    const saveOnly = async () => {
      const saved = await save()
      if (saved === null) return null
      keep(tabId, { view: 'connection', id: saved.id })
      retitle(tabId, saved.name)
      await load()
      return saved
    }
    return {
      save: async () => void (await saveOnly()),
      saveAndOpen: async () => {
        const saved = await saveOnly()
        if (saved === null) return
        closeTab(tabId)
        select(saved.id)
        await show(saved.id)
      },
    }
  }, [save, load, show, keep, retitle, closeTab, select, tabId])
}

function useFormActions({ save, saveAndOpen, test }: Record<'save' | 'saveAndOpen' | 'test', () => Promise<void>>) {
  const actions = useMemo(
    (): Action[] => [
      { ...connectionActions.open, run: () => void saveAndOpen() },
      { ...connectionActions.save, run: () => void save() },
      { ...connectionActions.test, run: () => void test() },
    ],
    [save, saveAndOpen, test],
  )
  useActions(actions)
}
