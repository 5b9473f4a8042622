import { Checkbox, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { ScriptParameter } from '../../core/editor/contract.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './FillParameters.module.css'
import { useEditor } from './store.ts'

/** Asks for the values of a statement's parameters. */
export function FillParameters() {
  const filling = useEditor((state) => state.filling)
  const dismiss = useEditor((state) => state.dismiss)
  return (
    <Dialog opened={filling !== null} onClose={dismiss} title="Parameters" size={480}>
      {filling !== null && <Fields parameters={filling.parameters} />}
    </Dialog>
  )
}

function Fields({ parameters }: { parameters: readonly ScriptParameter[] }) {
  const fill = useEditor((state) => state.fill)
  const dismiss = useEditor((state) => state.dismiss)
  const [values, setValues] = useState<readonly (string | null)[]>(() =>
    parameters.map(({ remembered }) => (remembered === undefined ? '' : remembered.value)),
  )
  const change = (at: number, value: string | null): void =>
    setValues(values.map((before, index) => (index === at ? value : before)))
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void fill(parameters.map(({ name }, index) => ({ name, value: values[index] ?? null })))
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The values are sent beside the SQL and never become part of it. They are offered again the next time; secrets
          are not kept.
        </Text>
        {parameters.map((parameter, index) => (
          <Field
            key={parameter.name}
            parameter={parameter}
            value={values[index] ?? null}
            first={index === 0}
            onChange={(value) => change(index, value)}
          />
        ))}
        <DialogButtons label="Run" onCancel={dismiss} />
      </Stack>
    </form>
  )
}

interface FieldProps {
  parameter: ScriptParameter
  value: string | null
  first: boolean
  onChange: (value: string | null) => void
}

function Field({ parameter, value, first, onChange }: FieldProps) {
  const { name, type, secret } = parameter
  const label = name.startsWith('$') ? name : `:${name}`
  const Input = secret ? PasswordInput : TextInput
  return (
    <div className={classes.field}>
      <Input
        className={classes.value}
        label={
          <>
            <ShownText text={label} /> <span className={classes.type}>{type ?? 'the server decides the type'}</span>
          </>
        }
        aria-label={label}
        value={value ?? ''}
        placeholder={value === null ? 'NULL' : 'empty text'}
        disabled={value === null}
        data-autofocus={first || undefined}
        autoComplete="off"
        spellCheck={false}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <Checkbox
        className={classes.nothing}
        label="NULL"
        aria-label={`${label} is NULL`}
        checked={value === null}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? null : '')}
      />
    </div>
  )
}
