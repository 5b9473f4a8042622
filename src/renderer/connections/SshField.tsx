import { Autocomplete } from '@mantine/core'
import { useConnectionForm } from './form.ts'
import layout from './View.module.css'

/** The host through which the server is reached. */
export function SshField() {
  const ssh = useConnectionForm((form) => form.values.ssh)
  const hosts = useConnectionForm((form) => form.found?.sshHosts ?? none)
  const error = useConnectionForm((form) => form.errors.ssh)
  const change = useConnectionForm((form) => form.change)
  return (
    <fieldset className={layout.section}>
      <Autocomplete
        label="Through SSH"
        description="A host of ~/.ssh/config, or user@host. This machine’s ssh is used, with its configuration, agent and jump hosts; the host and the port above are looked for from there. Empty: directly."
        placeholder="bastion"
        value={ssh}
        data={[...hosts]}
        error={error}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(value) => change({ ssh: value })}
      />
    </fieldset>
  )
}

const none: readonly string[] = []
