import { Anchor, NumberInput, PasswordInput, Select, TextInput } from '@mantine/core'
import { useConnectionForm } from './form.ts'
import { useConnections } from './store.ts'
import layout from './View.module.css'
import { keptWhere, passwordFromWords } from './words.ts'

/** Where the database is, and who goes there. */
export function ServerFields() {
  const { host, port, database, user, passwordFrom } = useConnectionForm((form) => form.values)
  const errors = useConnectionForm((form) => form.errors)
  const change = useConnectionForm((form) => form.change)
  const takeUrl = useConnectionForm((form) => form.takeUrl)
  const plain = { spellCheck: false, autoComplete: 'off', autoCapitalize: 'off' } as const

  return (
    <fieldset className={layout.section}>
      <div className={layout.row}>
        <TextInput
          {...plain}
          label="Host"
          value={host}
          error={errors.host}
          onChange={({ currentTarget: { value } }) => {
            // A whole URL is often pasted here.
            if (/^\s*postgres(ql)?:\/\//.test(value)) takeUrl(value)
            else change({ host: value })
          }}
        />
        <NumberInput
          label="Port"
          value={port}
          error={errors.port}
          hideControls
          allowDecimal={false}
          allowNegative={false}
          onChange={(value) => change({ port: value })}
        />
      </div>
      <TextInput
        {...plain}
        label="Database"
        value={database}
        error={errors.database}
        onChange={(event) => change({ database: event.currentTarget.value })}
      />
      <div className={layout.halves}>
        <TextInput
          {...plain}
          label="User"
          value={user}
          error={errors.user}
          onChange={(event) => change({ user: event.currentTarget.value })}
        />
        <PasswordFromField />
      </div>
      {passwordFrom === '' && <PasswordField />}
    </fieldset>
  )
}

function PasswordFromField() {
  const from = useConnectionForm((form) => form.values.passwordFrom)
  const found = useConnectionForm((form) => form.found)
  const change = useConnectionForm((form) => form.change)
  const commands = new Set(found?.passwordCommands.map((name) => `command:${name}`))
  // One that is chosen and no longer there stays to be seen.
  if (from.startsWith('command:')) commands.add(from)
  const own = found === null ? '' : `Commands of your own: in ${found.commandsFile}`
  return (
    <Select
      label="Password from"
      description={from.startsWith('command:') || found?.problem ? (found?.problem ?? own) : passwordFromWords[from]}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={from}
      allowDeselect={false}
      data={[
        { value: '', label: 'You, or a password file' },
        { value: 'aws', label: 'Amazon RDS token (aws)' },
        { value: 'gcloud', label: 'Google Cloud SQL token (gcloud)' },
        { value: 'azure', label: 'Azure Entra token (az)' },
        ...[...commands].map((value) => ({ value, label: `Command ${value.slice('command:'.length)}` })),
      ]}
      onChange={(value) => value !== null && change({ passwordFrom: value })}
    />
  )
}

function PasswordField() {
  const id = useConnectionForm((form) => form.id)
  const password = useConnectionForm((form) => form.password)
  const setPassword = useConnectionForm((form) => form.setPassword)
  const missing = useConnectionForm((form) => form.fault?.code === 'password_required')
  const kept = useConnections((state) => state.passwordsKept)
  const hasKept = useConnections((state) => state.saved?.find((saved) => saved.id === id)?.hasPassword ?? false)

  const where =
    hasKept && password === null
      ? `One is kept ${kept === 'keychain' ? 'in the keychain' : 'in memory'}.`
      : keptWhere[kept]
  return (
    <PasswordInput
      label="Password"
      value={password ?? ''}
      placeholder={hasKept && password === null ? '••••••••' : 'From .pgpass, or asked for'}
      autoComplete="new-password"
      error={missing && 'The server asks for a password.'}
      onChange={({ currentTarget: { value } }) => setPassword(value === '' && !hasKept ? null : value)}
      description={
        <>
          {hasKept && password === '' ? 'The kept one is forgotten when you save.' : where}{' '}
          {hasKept && password === null && (
            <Anchor component="button" type="button" fz="inherit" onClick={() => setPassword('')}>
              Forget it
            </Anchor>
          )}
          {hasKept && password !== null && (
            <Anchor component="button" type="button" fz="inherit" onClick={() => setPassword(null)}>
              Use the kept one
            </Anchor>
          )}
        </>
      }
    />
  )
}
