import { Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type Confirmation, dangerText } from '../../core/editor/guard.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './ConfirmDangers.module.css'
import { useEditor } from './store.ts'

/** In production: what a run would do that cannot be taken back, and the names to type. */
export function ConfirmDangers({ connection }: { connection: string }) {
  const confirming = useEditor((state) => state.confirming)
  const dismiss = useEditor((state) => state.dismiss)
  return (
    <Dialog opened={confirming !== null} onClose={dismiss} title="This cannot be taken back" size={520}>
      {confirming !== null && <Fields connection={connection} confirmation={confirming.confirmation} />}
    </Dialog>
  )
}

/** Lines that are shown at once. */
const mostShown = 8

function Fields({ connection, confirmation }: { connection: string; confirmation: Confirmation }) {
  const { dangers, typed } = confirmation
  const confirm = useEditor((state) => state.confirm)
  const dismiss = useEditor((state) => state.dismiss)
  const [texts, setTexts] = useState<readonly string[]>(() => typed.map(() => ''))
  const allowed = typed.every(({ name }, index) => texts[index] === name)
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    if (allowed) void confirm(texts)
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm">
          <bdi>{connection}</bdi> is a production database. Nothing has been run yet.
        </Text>
        <ul className={classes.dangers}>
          {dangers.slice(0, mostShown).map((danger, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
            <li key={index}>
              Statement {danger.statement + 1} <ShownText text={dangerText(danger)} />.
            </li>
          ))}
          {dangers.length > mostShown && <li>And {dangers.length - mostShown} more.</li>}
        </ul>
        {typed.map(({ name, kind }, index) => (
          <TextInput
            key={name}
            label={
              <>
                Type <ShownText text={name} />, the {kind}
              </>
            }
            aria-label={`Type ${name}`}
            value={texts[index] ?? ''}
            data-autofocus={index === 0 || undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={({ currentTarget }) =>
              setTexts(texts.map((text, at) => (at === index ? currentTarget.value : text)))
            }
          />
        ))}
        <DialogButtons label="Run it" cancelLabel="Do not run it" danger disabled={!allowed} onCancel={dismiss} />
      </Stack>
    </form>
  )
}
