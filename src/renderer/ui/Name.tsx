import classes from './Name.module.css'
import { ShownText } from './ShownText.tsx'

/**
 * A name that people gave, such as a connection's or a relation's: one line, cut with an ellipsis, whole on hover.
 * What would hide in it, such as a mark that turns its direction round, is shown.
 */
export function Name({ children, mono = false }: { children: string; mono?: boolean }) {
  return (
    <span className={classes.name} data-mono={mono || undefined} title={children}>
      <ShownText text={children} />
    </span>
  )
}
