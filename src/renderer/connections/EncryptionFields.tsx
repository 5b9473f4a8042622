import { Select, TextInput } from '@mantine/core'
import { type SslMode, sslModes } from '../../core/connection.ts'
import classes from './EncryptionFields.module.css'
import { useConnectionForm } from './form.ts'
import layout from './View.module.css'
import { sslModeWords } from './words.ts'

const verifies = (mode: SslMode): boolean => mode === 'verify-ca' || mode === 'verify-full'
const encrypts = (mode: SslMode): boolean => mode === 'require' || verifies(mode)

/** How the line is protected. Certificates are asked for only where the mode uses them. */
export function EncryptionFields() {
  const { sslMode, sslRootCert, sslCert, sslKey } = useConnectionForm((form) => form.values)
  const errors = useConnectionForm((form) => form.errors)
  const change = useConnectionForm((form) => form.change)
  const path = { spellCheck: false, autoComplete: 'off', placeholder: '/path/to/file.pem' } as const

  return (
    <fieldset className={layout.section}>
      <Select
        label="Encryption (sslmode)"
        description={sslModeWords[sslMode].explanation}
        value={sslMode}
        data={sslModes.map((value) => ({ value, label: sslModeWords[value].label }))}
        renderOption={({ option }) => <ModeOption mode={option.value} />}
        onChange={(value) => value !== null && change({ sslMode: value })}
        maxDropdownHeight={420}
      />
      {verifies(sslMode) && (
        <TextInput
          {...path}
          label="Certificate of the authority (sslrootcert)"
          description="A PEM file on this machine. Empty: the authorities that this machine trusts."
          value={sslRootCert}
          error={errors.sslRootCert}
          onChange={(event) => change({ sslRootCert: event.currentTarget.value })}
        />
      )}
      {(encrypts(sslMode) || sslCert !== '' || sslKey !== '') && sslMode !== 'disable' && (
        <div className={layout.halves}>
          <TextInput
            {...path}
            label="Client certificate (sslcert)"
            description="Only where the server asks for one."
            value={sslCert}
            error={errors.sslCert}
            onChange={(event) => change({ sslCert: event.currentTarget.value })}
          />
          <TextInput
            {...path}
            label="Its key (sslkey)"
            value={sslKey}
            error={errors.sslKey}
            onChange={(event) => change({ sslKey: event.currentTarget.value })}
          />
        </div>
      )}
    </fieldset>
  )
}

function ModeOption({ mode }: { mode: SslMode }) {
  const { label, explanation } = sslModeWords[mode]
  return (
    <div>
      <div className={classes.mode}>{label}</div>
      <div className={classes.explanation}>{explanation}</div>
    </div>
  )
}
