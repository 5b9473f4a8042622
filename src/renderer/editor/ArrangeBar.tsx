import { Button, Loader } from '@mantine/core'
import { ListFilter } from 'lucide-react'
import { asSent, isAsSent } from '../../core/editor/arrange.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { arrangementText } from './grid/conditionText.ts'
import classes from './Results.module.css'
import type { Result } from './run.ts'
import { useEditor } from './store.ts'

/** Says that a result is not shown as it came, and how it is; nothing where it is. */
export function ArrangeBar({ result }: { result: Result }) {
  const { index, arrangement, columns, base } = result
  const arranging = useEditor((state) => state.arranging)
  const arrange = useEditor((state) => state.arrange)
  const stop = useEditor((state) => state.stopArranging)
  const askFilter = useEditor((state) => state.askFilter)
  const own = arranging?.index === index ? arranging : null
  if (own?.fault != null) {
    return <FaultPanel title="The result stays as it is" fault={own.fault} onDismiss={stop} />
  }
  if (own !== null) {
    return (
      <section className={classes.arranged} aria-label="Order and filter">
        <Loader size={12} aria-hidden />
        <span role="status">Putting rows in order</span>
        <span className={classes.space} />
        <Button size="compact-xs" variant="default" onClick={stop}>
          Stop
        </Button>
      </section>
    )
  }
  if (isAsSent(arrangement)) return null
  const { filter } = arrangement
  return (
    <section className={classes.arranged} aria-label="Order and filter">
      <ListFilter size={13} aria-hidden />
      <span role="status" className={classes.exported}>
        {filter.length === 0 ? 'Sorted' : 'Filtered'} {base === null ? 'by the server' : 'here'}:{' '}
        <ShownText text={arrangementText(arrangement, columns)} />
      </span>
      <span className={classes.space} />
      <Button size="compact-xs" variant="subtle" onClick={() => askFilter({ index, filter })}>
        Filter…
      </Button>
      {base === null ? (
        <span>Run the statement again to see it as it came.</span>
      ) : (
        <Button size="compact-xs" variant="default" onClick={() => void arrange(index, asSent)}>
          As it came
        </Button>
      )}
    </section>
  )
}
