import { useComputedColorScheme } from '@mantine/core'
import { lazy, Suspense } from 'react'
import classes from './SqlText.module.css'

const Coloured = lazy(() => import('./SqlColoured.tsx'))

/** Above this a text is shown plain: nobody reads it, and colouring it would hold up the window. */
const colouredUpTo = 500_000

interface SqlTextProps {
  sql: string
  label: string
}

/** SQL to be read: coloured, searchable, as high as it is long up to the height that its frame allows. */
export function SqlText({ sql, label }: SqlTextProps) {
  const scheme = useComputedColorScheme('light')
  const plain = (
    <pre className={classes.plain} title={label}>
      {sql.slice(0, colouredUpTo)}
      {sql.length > colouredUpTo && `\n… ${(sql.length - colouredUpTo).toLocaleString('en')} more characters`}
    </pre>
  )
  if (sql.length > colouredUpTo) return plain
  return (
    <Suspense fallback={plain}>
      <Coloured sql={sql} label={label} scheme={scheme} />
    </Suspense>
  )
}
