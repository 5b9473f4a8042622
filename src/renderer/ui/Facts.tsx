import type { ReactNode } from 'react'
import classes from './Facts.module.css'
import { ShownText } from './ShownText.tsx'

/** Names and values, line by line. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={classes.fact}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <ShownText text={value} /> : value}</dd>
        </div>
      ))}
    </dl>
  )
}
