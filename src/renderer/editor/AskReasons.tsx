import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Dialog } from '../ui/Dialog.tsx'
import { ReasonQuestion } from '../ui/ReasonFields.tsx'
import { useEditor } from './store.ts'

/** Before a run in production: what asks for it, and why. */
export function AskReasons({ connection }: { connection: string }) {
  const asking = useEditor((state) => state.asking)
  const dismiss = useEditor((state) => state.dismiss)
  return (
    <Dialog opened={asking !== null} onClose={dismiss} title="Why is this run?" size={440}>
      <Fields connection={connection} required={asking?.required ?? false} />
    </Dialog>
  )
}

function Fields({ connection, required }: { connection: string; required: boolean }) {
  const kept = useEditor((state) => state.reasons)
  const answer = useEditor((state) => state.answer)
  const [reasons, setReasons] = useState(kept)
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void answer(reasons)
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          <bdi>{connection}</bdi> asks for it{required ? ', and runs nothing without' : ''}. What you say here is
          recorded with every run of this connection until you change it.
        </Text>
        <ReasonQuestion reasons={reasons} onChange={setReasons} required={required} />
        <Group justify="space-between" mt="xs">
          {required ? (
            <span />
          ) : (
            <Button variant="subtle" color="gray" onClick={() => void answer(null)}>
              Run without a ticket
            </Button>
          )}
          <Button type="submit">Run</Button>
        </Group>
      </Stack>
    </form>
  )
}
