import { Button, Group, TagsInput, Textarea } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { HistoryDetail } from '../../core/history/contract.ts'
import classes from './Detail.module.css'
import { useHistory } from './store.ts'

/** What a person says of the operation: tags and a note. */
export function Marks({ detail }: { detail: HistoryDetail }) {
  const mark = useHistory((state) => state.mark)
  const known = useHistory((state) => state.facets)?.tags.map(({ value }) => value) ?? []
  const [note, setNote] = useState(detail.note)
  useEffect(() => setNote(detail.note), [detail.note])
  return (
    <div className={classes.marks}>
      <TagsInput
        label="Tags"
        placeholder={detail.tags.length === 0 ? 'Type one, and Enter' : undefined}
        data={known}
        value={detail.tags}
        maxTags={20}
        maxLength={100}
        onChange={(tags) => void mark(detail.id, { tags })}
      />
      <Textarea
        label="Note"
        autosize
        minRows={1}
        maxRows={8}
        maxLength={10_000}
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
      />
      {note !== detail.note && (
        <Group gap="xs">
          <Button size="compact-sm" onClick={() => void mark(detail.id, { note })}>
            Save the note
          </Button>
          <Button size="compact-sm" variant="subtle" onClick={() => setNote(detail.note)}>
            Discard
          </Button>
        </Group>
      )}
    </div>
  )
}
