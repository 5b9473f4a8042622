import { useComputedColorScheme } from '@mantine/core'
import { lazy, Suspense } from 'react'

const Coloured = lazy(() => import('./SqlDiffColoured.tsx'))

interface SqlDiffProps {
  before: string
  after: string
  label: string
}

/** Two texts of SQL beside each other, with what differs marked. Takes the height of its frame. */
export function SqlDiff(props: SqlDiffProps) {
  const scheme = useComputedColorScheme('light')
  return (
    <Suspense fallback={null}>
      <Coloured {...props} scheme={scheme} />
    </Suspense>
  )
}
