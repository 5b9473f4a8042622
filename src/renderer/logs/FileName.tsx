import { ShownText } from '../ui/ShownText.tsx'
import classes from './FileName.module.css'

/** Rotated logs are told apart by the end of their names: it stays when the rest is cut. */
const keptCharacters = 16

/** The name of a log on one line, whole on hover. */
export function FileName({ children }: { children: string }) {
  const characters = Array.from(children)
  const cut = Math.max(0, characters.length - keptCharacters)
  return (
    <span className={classes.name} title={children}>
      {cut > 0 && (
        <span className={classes.beginning}>
          <ShownText text={characters.slice(0, cut).join('')} />
        </span>
      )}
      <span className={classes.end}>
        <ShownText text={characters.slice(cut).join('')} />
      </span>
    </span>
  )
}
