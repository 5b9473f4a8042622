import { Fragment, memo } from 'react'
import classes from './ShownText.module.css'
import { shownParts } from './shown.ts'

interface ShownTextProps {
  text: string
  /** `signs`, the default, draws a sign for each line end and tab; `kept` lets them do their work. */
  lines?: 'signs' | 'kept'
}

/**
 * Text from a database or a file, with what would hide in it made visible. Its direction is its own, so that it
 * cannot reorder what stands beside it.
 */
export const ShownText = memo(function ShownText({ text, lines = 'signs' }: ShownTextProps) {
  return (
    <bdi className={classes.text}>
      {shownParts(text, { lines }).map(({ at, text: part, sign }) =>
        sign === null ? (
          <Fragment key={at}>{part}</Fragment>
        ) : (
          <span key={at} className={classes.sign} title={sign}>
            {part}
          </span>
        ),
      )}
    </bdi>
  )
})
