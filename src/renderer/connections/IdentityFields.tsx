import { Input, NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core'
import { connectionKinds, reasonRules } from '../../core/connection.ts'
import { ColourField } from './ColourField.tsx'
import { useConnectionForm } from './form.ts'
import classes from './IdentityFields.module.css'
import layout from './View.module.css'
import { kindWords, reasonWords } from './words.ts'

/** What a person calls the connection, and how careful to be with it. */
export function IdentityFields({ placeholder }: { placeholder: string }) {
  const { name, kind, readOnly, askReasons, idleTransactionMinutes } = useConnectionForm((form) => form.values)
  const errors = useConnectionForm((form) => form.errors)
  const change = useConnectionForm((form) => form.change)
  return (
    <fieldset className={layout.section}>
      <div className={classes.named}>
        <TextInput
          label="Name"
          placeholder={placeholder}
          value={name}
          error={errors.name}
          maxLength={100}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <ColourField />
      </div>
      <Input.Wrapper label="Kind" description={kindWords[kind]} labelElement="div">
        <SegmentedControl
          className={classes.kinds}
          data-tint={kind}
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
      <div className={layout.halves}>
        <Select
          label="Ticket and justification"
          value={askReasons}
          data={reasonRules.map((value) => ({ value, label: reasonWords[value] }))}
          allowDeselect={false}
          onChange={(value) => value !== null && change({ askReasons: value })}
        />
        <NumberInput
          label="Roll back an idle transaction after"
          description="Minutes; 0 leaves it open."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={idleTransactionMinutes}
          error={errors.idleTransactionMinutes}
          min={0}
          max={1440}
          allowDecimal={false}
          allowNegative={false}
          onChange={(value) => change({ idleTransactionMinutes: value })}
        />
      </div>
    </fieldset>
  )
}
