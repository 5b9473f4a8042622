import { ShieldAlert } from 'lucide-react'
import { ShownText } from '../ui/ShownText.tsx'
import classes from './ObjectTree.module.css'
import { useCatalog } from './store.ts'

/** What is known of the chosen object beyond its name: its comment, and how sensitive it is. */
export function Told() {
  const row = useCatalog(({ rows, active }) => rows.get(active))
  if (row === undefined || (row.comment === null && row.sensitivity === null)) return null
  return (
    <div className={classes.told} role="note" aria-label={`About ${row.name}`}>
      {row.comment !== null && (
        <p className={classes.comment}>
          <ShownText text={row.comment} lines="kept" />
        </p>
      )}
      {row.sensitivity !== null && (
        <p className={classes.classified}>
          <ShieldAlert size={13} aria-hidden />
          <ShownText text={row.sensitivity} />
        </p>
      )}
    </div>
  )
}
