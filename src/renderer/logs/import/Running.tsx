import { Button, Progress } from '@mantine/core'
import { Pause, Play, Square } from 'lucide-react'
import { bytesText, countText, durationText, percentText } from '../../ui/amounts.ts'
import { Facts } from '../../ui/Facts.tsx'
import { shareOf } from './ItemList.tsx'
import type { ImportItem } from './item.ts'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** How far an import is. */
export function Running({ item }: { item: ImportItem }) {
  const pause = useImport((state) => state.pause)
  const cancel = useImport((state) => state.cancel)
  const { progress, state, importId } = item
  const isPaused = progress?.phase === 'paused'
  /** What it did before says nothing of now. */
  const stands = isPaused || item.note !== null
  const share = shareOf(item)
  return (
    <section className={classes.running} aria-label="Import">
      <p className={classes.phase} role="status">
        {phaseText(item)}
      </p>
      <Progress
        value={share === null ? 100 : share * 100}
        striped={share === null}
        animated={share === null && !isPaused}
        aria-label="How much of the log is read"
      />
      {progress !== null && (
        <Facts
          facts={[
            ['Read', `${bytesText(progress.read)}${share === null ? '' : `, ${percentText(share)} of the file`}`],
            ['Committed', `${bytesText(progress.committed)}, ${countText(progress.events, 'operation')}`],
            ['Rate', stands ? '—' : `${bytesText(progress.bytesPerSecond)}/s`],
            ['Time left', progress.secondsLeft === null || stands ? '—' : leftText(progress.secondsLeft)],
            ['Refused', countText(progress.refused, 'line')],
          ]}
        />
      )}
      <div className={classes.buttons}>
        {state === 'importing' && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={importId === null}
            leftSection={isPaused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
            onClick={() => void pause(item.id, !isPaused)}
          >
            {isPaused ? 'Go on' : 'Pause'}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Square size={12} aria-hidden />}
          onClick={() => cancel(item.id)}
        >
          {state === 'queued' ? 'Not now' : 'Stop'}
        </Button>
      </div>
      <p className={classes.quiet}>
        What is committed stays when you stop, or when the connection is lost: the import goes on from there.
      </p>
    </section>
  )
}

/** An estimate: of a minute and more, whole seconds are too much already. */
function leftText(seconds: number): string {
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s`
  return `about ${durationText(Math.round(seconds / 10) * 10_000)}`
}

function phaseText({ state, note, progress, pausing }: ImportItem): string {
  if (state === 'queued') return 'It is imported after the ones before it.'
  if (note?.kind === 'waiting') return 'Another session imports the same log: waiting for it.'
  if (note?.kind === 'reconnecting') {
    const { attempt, most } = note
    return `The server cannot be reached: trying again, ${attempt} of ${most}. The import goes on by itself when it is back.`
  }
  if (progress?.phase === 'paused') return 'Paused.'
  if (pausing) return 'Pausing…'
  if (progress?.phase === 'verifying') return 'Comparing with what was imported before.'
  return progress === null ? 'Beginning…' : 'Importing.'
}
