import { CloudUpload, Pin } from 'lucide-react'
import { memo } from 'react'
import type { HistoryEntry } from '../../core/history/contract.ts'
import { countText, durationText } from '../ui/amounts.ts'
import { ExecutionBadge } from '../ui/ExecutionBadge.tsx'
import { Name } from '../ui/Name.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { When } from '../ui/When.tsx'
import { matchParts } from './matchParts.ts'
import { typeText } from './types.ts'
import classes from './View.module.css'

/** One operation in two lines: what, and when, how long, by whom. It stays as drawn while the list around it scrolls. */
export const EntryRow = memo(function EntryRow({ entry }: { entry: HistoryEntry }) {
  const { status, excerpt, match, startedAt, durationMs, rows, user, ticket, waiting, type } = entry
  return (
    <>
      <span className={classes.what}>
        <span className={classes.status}>
          <ExecutionBadge status={status} />
        </span>
        <code className={classes.excerpt}>
          <Excerpt text={match ?? (excerpt.trim() === '' ? entry.name : excerpt)} />
        </code>
        {entry.kept && (
          <span className={classes.kept} title="Kept">
            <Pin size={13} aria-label="Kept" />
          </span>
        )}
        {waiting && (
          <span className={classes.waiting} title="Waiting to be sent to the server">
            <CloudUpload size={14} aria-label="Waiting to be sent" />
          </span>
        )}
      </span>
      <span className={classes.facts}>
        <When at={startedAt} short />
        {durationMs !== null && <span>{durationText(durationMs)}</span>}
        {rows !== null && <span>{countText(rows, 'row')}</span>}
        <span className={classes.who}>
          <Name>{user}</Name>
        </span>
        <span className={classes.who}>
          <Name>{entry.connection ?? entry.database}</Name>
        </span>
        {type !== 'MANUAL' && <span>{typeText(type)}</span>}
        {ticket !== null && <span className={classes.ticket}>{ticket}</span>}
        {entry.tags.map((tag) => (
          <span key={tag} className={classes.tag}>
            <ShownText text={tag} />
          </span>
        ))}
      </span>
    </>
  )
})

/** What a search matched stands out. It is text throughout, whatever it looks like. */
function Excerpt({ text }: { text: string }) {
  return matchParts(text).map(({ at, text: part, matches }) =>
    matches ? (
      <mark key={at} className={classes.match}>
        <ShownText text={oneLine(part)} />
      </mark>
    ) : (
      <ShownText key={at} text={oneLine(part)} />
    ),
  )
}

/** Line ends and runs of blanks are no news in a list. */
function oneLine(text: string): string {
  return text.replaceAll(/[\t\n\r ]+/g, ' ')
}
