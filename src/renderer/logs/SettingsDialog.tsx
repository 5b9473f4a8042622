import { Checkbox, Loader, Stack } from '@mantine/core'
import { CircleCheck } from 'lucide-react'
import { useEffect, useState } from 'react'
import { type Fault, toFault } from '../../core/fault.ts'
import type { LogSetting, LogSettings } from '../../core/logs/contract.ts'
import { useReasonsRule } from '../session/reasons.ts'
import { countText } from '../ui/amounts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ReasonFields } from '../ui/ReasonFields.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { SqlText } from '../ui/SqlText.tsx'
import { useLogs } from './store.ts'
import classes from './View.module.css'

/** The settings that make logs useful, beside the present ones. They are applied only when somebody has seen what is run. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const readSettings = useLogs((state) => state.readSettings)
  const applySettings = useLogs((state) => state.applySettings)
  const kept = useLogs((state) => state.reasons)
  const [reasons, setReasons] = useState(kept)
  const { asks, lacking } = useReasonsRule(reasons)
  const [settings, setSettings] = useState<LogSettings | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [confirming, setConfirming] = useState(false)
  const [busy, setBusy] = useState(false)
  const [applied, setApplied] = useState<number | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)

  useEffect(() => {
    readSettings().then(setSettings, (thrown: unknown) => setFault(toFault(thrown)))
  }, [readSettings])

  const wanted = settings?.settings.filter(({ name }) => chosen.has(name)) ?? []
  const apply = async (): Promise<void> => {
    setBusy(true)
    setFault(null)
    try {
      setSettings(
        await applySettings(
          wanted.map(({ name }) => name),
          reasons,
        ),
      )
      setApplied(wanted.length)
      setChosen(new Set())
    } catch (thrown) {
      setFault(toFault(thrown))
    } finally {
      setBusy(false)
      setConfirming(false)
    }
  }
  const toggle = (name: string): void => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    setChosen(next)
    setApplied(null)
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={confirming ? 'Change these for the whole server?' : 'What the server should log'}
      size={680}
    >
      <Stack gap="md">
        {fault !== null && <FaultPanel title="The settings were not changed" fault={fault} />}
        {settings === null && fault === null && <Loader aria-label="Reading the settings" />}
        {settings !== null && settings.problem !== null && (
          <p className={classes.problem}>
            <ShownText text={settings.problem} lines="kept" />
          </p>
        )}
        {applied !== null && (
          <p className={classes.good} role="status">
            <CircleCheck size={15} aria-hidden />
            {countText(applied, 'setting')} changed. The server has read its settings again.
          </p>
        )}
        {confirming ? (
          <>
            <p className={classes.plain}>
              This is run for the whole server, every database of it, and its settings are read again:
            </p>
            <SqlText sql={`${wanted.map(({ sql }) => sql).join('\n')}\nselect pg_reload_conf();`} label="What is run" />
            {wanted.some(({ needsRestart }) => needsRestart) && (
              <p className={classes.problem}>
                {wanted
                  .filter(({ needsRestart }) => needsRestart)
                  .map(({ name }) => name)
                  .join(', ')}{' '}
                takes effect when the server is restarted, which this does not do.
              </p>
            )}
            <ReasonFields reasons={reasons} onChange={setReasons} required={asks === 'require'} />
            <DialogButtons
              label="Change them"
              cancelLabel="Back"
              danger
              busy={busy}
              disabled={lacking}
              focus="cancel"
              onCancel={() => setConfirming(false)}
              onConfirm={() => void apply()}
            />
          </>
        ) : (
          <>
            {settings !== null && (
              <ul className={classes.settings} aria-label="Settings">
                {settings.settings.map((setting) => (
                  <Setting
                    key={setting.name}
                    setting={setting}
                    chosen={chosen.has(setting.name)}
                    locked={settings.problem !== null}
                    onToggle={() => toggle(setting.name)}
                  />
                ))}
              </ul>
            )}
            <DialogButtons
              label="See what would be run"
              cancelLabel="Close"
              disabled={wanted.length === 0}
              onCancel={onClose}
              onConfirm={() => setConfirming(true)}
            />
          </>
        )}
      </Stack>
    </Dialog>
  )
}

interface SettingProps {
  setting: LogSetting
  chosen: boolean
  locked: boolean
  onToggle: () => void
}

function Setting({ setting, chosen, locked, onToggle }: SettingProps) {
  const { name, current, proposed, why, good, needsRestart } = setting
  return (
    <li className={classes.setting}>
      {good ? (
        <span className={classes.settingName}>
          <CircleCheck size={14} className={classes.fine} aria-label="As it should be" />
          <code>{name}</code>
        </span>
      ) : (
        <Checkbox disabled={locked} checked={chosen} onChange={onToggle} label={<code>{name}</code>} />
      )}
      <span className={classes.values}>
        <code>
          <ShownText text={current === '' ? '(empty)' : current} />
        </code>
        {!good && (
          <>
            {' → '}
            <code className={classes.proposed}>
              <ShownText text={proposed} />
            </code>
          </>
        )}
      </span>
      <p className={classes.why}>
        {why}
        {needsRestart && !good && ' Takes a restart of the server.'}
      </p>
    </li>
  )
}
