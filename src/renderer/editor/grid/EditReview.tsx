import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { EditStatement } from '../../../core/editor/edit.ts'
import { useReasonsRule } from '../../session/reasons.ts'
import type { LiveConnection } from '../../session/state.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { ReasonFields } from '../../ui/ReasonFields.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import type { Editing } from '../editing.ts'
import { changesText } from '../holding.ts'
import { useEditor } from '../store.ts'
import classes from './edit.module.css'

/** Statements that are drawn; of more, nobody reads the rest. How many there are is said. */
const mostDrawn = 200

interface EditReviewProps {
  index: number
  editing: Editing | undefined
  connection: LiveConnection['connection'] | undefined
}

/** The exact SQL of the changes, with its parameters, before anything is sent. */
export function EditReview({ index, editing, connection }: EditReviewProps) {
  const dismiss = useEditor((state) => state.dismissEdit)
  const review = editing?.review ?? null
  return (
    <Dialog opened={review !== null} onClose={() => dismiss(index)} title="Apply these changes?" size={720}>
      {review !== null && editing !== undefined && (
        <Body index={index} editing={editing} review={review} connection={connection} />
      )}
    </Dialog>
  )
}

function Body({
  index,
  editing,
  review,
  connection,
}: EditReviewProps & { editing: Editing; review: readonly EditStatement[] }) {
  const apply = useEditor((state) => state.applyEdits)
  const cancel = useEditor((state) => state.cancelApply)
  const dismiss = useEditor((state) => state.dismissEdit)
  const kept = useEditor((state) => state.reasons)
  const setReasons = useEditor((state) => state.setReasons)
  const [reasons, change] = useState(kept)
  const { asks, lacking } = useReasonsRule(reasons)
  const isProduction = connection?.kind === 'production'

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (lacking || editing.applying) return
    if (asks !== 'no') setReasons(reasons)
    void apply(index)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          In one transaction, all or nothing. Each must find its row as it was read; a row that somebody else has
          changed is shown, and nothing is overwritten.
        </Text>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keys too */}
        <ol className={classes.statements} tabIndex={0} aria-label="Statements">
          {review.slice(0, mostDrawn).map((statement, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes while it is shown
            <li key={place} className={classes.statement}>
              <pre className={classes.sql}>
                <ShownText text={statement.sql} />
              </pre>
              <Values values={statement.values} />
            </li>
          ))}
        </ol>
        {review.length > mostDrawn && (
          <Text size="xs" c="dimmed">
            And {(review.length - mostDrawn).toLocaleString('en')} more.
          </Text>
        )}
        {asks !== 'no' && <ReasonFields reasons={reasons} onChange={change} required={asks === 'require'} />}
        {editing.fault !== null && <FaultPanel title="Nothing was applied" fault={editing.fault} />}
        <Group justify="flex-end" gap="xs">
          {editing.applying ? (
            <Button variant="default" onClick={cancel}>
              Cancel at the server
            </Button>
          ) : (
            <Button variant="default" onClick={() => dismiss(index)} data-autofocus>
              Back
            </Button>
          )}
          <Button
            type="submit"
            loading={editing.applying}
            disabled={lacking}
            {...(isProduction ? { color: 'red' } : {})}
          >
            Apply {changesText(review.length)}
            {isProduction && ` to ${connection.name}`}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Values({ values }: { values: readonly (string | null)[] }) {
  if (values.length === 0) return null
  return (
    <dl className={classes.values}>
      {values.map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parameters are known by their place
        <div key={place} style={{ display: 'contents' }}>
          <dt>${place + 1}</dt>
          <dd>
            <ValueText value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

const longestShown = 2_000

/** A value with null apart from empty. */
export function ValueText({ value }: { value: string | null | undefined }) {
  if (value === null || value === undefined) return <span className={classes.null}>NULL</span>
  if (value === '') return <span className={classes.null}>empty text</span>
  const more = value.length - longestShown
  return (
    <>
      <ShownText text={value.slice(0, longestShown)} lines="kept" />
      {more > 0 && <span className={classes.null}> … {more.toLocaleString('en')} more characters</span>}
    </>
  )
}
