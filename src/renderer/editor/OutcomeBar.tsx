import { Anchor, Loader, Tooltip } from '@mantine/core'
import { CircleDashed, CircleX, CloudAlert, CloudUpload, HardDrive, type LucideIcon, ShieldCheck } from 'lucide-react'
import type { Recorded, RunOutcome } from '../../core/editor/contract.ts'
import { useSession } from '../session/context.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import classes from './Results.module.css'
import { type Run, standingOf } from './run.ts'
import { useEditor } from './store.ts'

interface Look {
  tone: Tone
  icon: LucideIcon
  text: string
  title: string
}

const recordings: Readonly<Record<Recorded, Look>> = {
  server: {
    tone: 'good',
    icon: ShieldCheck,
    text: 'Recorded at the server',
    title: 'The server has it in its trail, and this machine in its history.',
  },
  waiting: {
    tone: 'warn',
    icon: CloudUpload,
    text: 'Waiting to be sent',
    title: 'This machine keeps the record and sends it once, as soon as the server can be told.',
  },
  local: {
    tone: 'quiet',
    icon: HardDrive,
    text: 'On this machine only',
    title: 'The framework is not installed in this database: the record is in this machine’s history alone.',
  },
  memory: {
    tone: 'bad',
    icon: CloudAlert,
    text: 'In memory only',
    title:
      'This machine could not write the record. It is kept in memory, and written and sent as soon as that can be done; it is lost if pgSteward ends before.',
  },
}

const refused: Look = {
  tone: 'bad',
  icon: CloudAlert,
  text: 'Could not be sent',
  title: 'This machine keeps the record and sends it as soon as the server takes it. The last attempt failed:',
}

function recordingOf({ recorded, recordingFault }: RunOutcome): Look {
  return recorded === 'waiting' && recordingFault !== null ? refused : recordings[recorded]
}

const undecided: Readonly<Record<'reading' | 'undecided', Look>> = {
  reading: {
    tone: 'info',
    icon: CircleDashed,
    text: 'More rows at the server',
    title: 'The run ends when its rows are read, or after a minute in which nobody reads any.',
  },
  undecided: {
    tone: 'warn',
    icon: CircleDashed,
    text: 'Undecided',
    title: 'Its transaction is still open: a commit or a rollback decides what becomes of it.',
  },
}

/** The state of a run in a line: how it ended, and where that is recorded. */
export function OutcomeBar({ run }: { run: Run }) {
  const { outcome, state } = run
  return (
    <div className={classes.outcome} role="status" aria-label="Outcome">
      {state !== 'done' && (
        <>
          <Loader size={12} aria-hidden />
          {state === 'cancelling' ? 'Cancelling at the server' : 'Running'}
        </>
      )}
      {outcome !== null && <Outcome run={run} outcome={outcome} />}
      {run.fault !== null && (
        <StatusBadge tone="bad" icon={CircleX}>
          Not run
        </StatusBadge>
      )}
    </div>
  )
}

/** How the run stands by now, which can be before its end. */
function Standing({ run }: { run: Run }) {
  const standing = standingOf(
    run,
    useEditor((state) => state.transaction),
    useEditor((state) => state.lost !== null),
  )
  if (standing === null) return null
  if (standing !== 'reading' && standing !== 'undecided') return <ExecutionBadge status={standing} />
  const { tone, icon, text, title } = undecided[standing]
  return (
    <Tooltip label={title} multiline maw={360}>
      <span>
        <StatusBadge tone={tone} icon={icon}>
          {text}
        </StatusBadge>
      </span>
    </Tooltip>
  )
}

function Outcome({ run, outcome }: { run: Run; outcome: RunOutcome }) {
  const open = useSession((session) => session.open)
  const recording = recordingOf(outcome)
  const { statements, completed } = outcome
  const ran = statements === completed ? countText(statements, 'statement') : `${completed} of ${statements} statements`
  const why = outcome.recordingFault === null ? recording.title : `${recording.title} ${outcome.recordingFault.message}`
  return (
    <>
      <Standing run={run} />
      <span>
        {ran} in {durationText(outcome.durationMs)}
      </span>
      <span className={classes.space} />
      <Tooltip label={why} multiline maw={360}>
        <span>
          <StatusBadge tone={recording.tone} icon={recording.icon}>
            {recording.text}
          </StatusBadge>
        </span>
      </Tooltip>
      <Anchor
        component="button"
        type="button"
        size="xs"
        onClick={() => open({ view: 'history', entry: outcome.operation })}
      >
        Show in the history
      </Anchor>
    </>
  )
}
