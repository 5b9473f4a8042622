import { Button, Loader, Tooltip } from '@mantine/core'
import { ListFilter } from 'lucide-react'
import { asSent, isAsSent } from '../../core/editor/arrange.ts'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { arrangementText, orderedByText } from './grid/conditionText.ts'
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
      {base !== null && <ByText names={orderedByText(arrangement, columns)} />}
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

/** Says where the order is not the server's. */
function ByText({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <Tooltip
      label="Here its values are compared letter by letter. The server has an order of its own for this type: write order by into the statement for that."
      multiline
      maw={320}
      events={{ hover: true, focus: true, touch: true }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it means is told where it has the focus */}
      <span role="note" tabIndex={0}>
        <StatusBadge tone="warn">
          <ShownText text={names.join(', ')} /> as text
        </StatusBadge>
      </span>
    </Tooltip>
  )
}
