import { Input, SegmentedControl, Switch, TextInput } from '@mantine/core'
import { connectionKinds } from '../../core/connection.ts'
import { useConnectionForm } from './form.ts'
import classes from './IdentityFields.module.css'
import layout from './View.module.css'
import { kindWords } from './words.ts'

/** What a person calls the connection, and how careful to be with it. */
export function IdentityFields({ placeholder }: { placeholder: string }) {
  const { name, kind, readOnly } = useConnectionForm((form) => form.values)
  const error = useConnectionForm((form) => form.errors.name)
  const change = useConnectionForm((form) => form.change)
  return (
    <fieldset className={layout.section}>
      <TextInput
        label="Name"
        placeholder={placeholder}
        value={name}
        error={error}
        maxLength={100}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Input.Wrapper label="Kind" description={kindWords[kind]} labelElement="div">
        <SegmentedControl
          className={classes.kinds}
          data-kind={kind}
          value={kind}
          data={connectionKinds.map((value) => ({ value, label: value }))}
          onChange={(value) => change({ kind: value })}
          aria-label="Kind"
          size="sm"
        />
      </Input.Wrapper>
      <Switch
        label="Read-only: changes are refused, here and by the server"
        checked={readOnly}
        onChange={(event) => change({ readOnly: event.currentTarget.checked })}
      />
    </fieldset>
  )
}
