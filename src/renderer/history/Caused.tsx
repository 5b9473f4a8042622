import { UnstyledButton } from '@mantine/core'
import type { HistoryEntry } from '../../core/history/contract.ts'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './Detail.module.css'
import { useHistory } from './store.ts'

/** The DDL that the event triggers saw during an operation; each leads to its own record. */
export function Caused({ entries }: { entries: readonly HistoryEntry[] }) {
  const select = useHistory((state) => state.select)
  return (
    <ul className={classes.caused}>
      {entries.map((entry) => (
        <li key={entry.id}>
          <UnstyledButton className={classes.cause} onClick={() => void select(entry.id)}>
            <ExecutionBadge status={entry.status} />
            <code className={classes.causeText}>
              <ShownText text={entry.excerpt.trim() === '' ? entry.name : entry.excerpt.replaceAll(/\s+/g, ' ')} />
            </code>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  )
}
