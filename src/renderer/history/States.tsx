import type { HistoryDetail } from '../../core/history/contract.ts'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { When } from '../ui/When.tsx'
import classes from './Detail.module.css'

type State = HistoryDetail['states'][number]

const places: Readonly<Record<State['recorded'], string>> = {
  server: 'recorded at the server',
  waiting: 'waiting to be sent',
  local: 'on this machine only',
}

/** Every state that an operation went through, oldest first, and where each is recorded. */
export function States({ states }: { states: readonly State[] }) {
  return (
    <ol className={classes.states}>
      {states.map(({ status, at, recorded }) => (
        <li key={`${status} ${at}`} className={classes.state}>
          <ExecutionBadge status={status} />
          <When at={at} />
          <span className={classes.place}>{places[recorded]}</span>
        </li>
      ))}
    </ol>
  )
}
