import { bytesText } from '../../ui/amounts.ts'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import type { ImportItem } from './item.ts'
import { ReadingPane } from './ReadingPane.tsx'
import { Running } from './Running.tsx'
import { Summary } from './Summary.tsx'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** The chosen log: how it is read, how far its import is, or what came of it. */
export function ItemDetail() {
  const item = useImport(({ items, selected }) => items.find(({ id }) => id === selected))
  if (item === undefined) return null
  return (
    <article className={classes.detail} aria-label="Log">
      <header className={classes.head}>
        <h2 className={classes.name}>
          <ShownText text={item.name} />
        </h2>
        <span className={classes.about}>{aboutText(item)}</span>
      </header>
      <Body item={item} />
    </article>
  )
}

/** What somebody looks for who took another file for the server's log. */
const elsewhere =
  'The server’s log lies where “show log_directory” says; systemd and containers may keep it instead: journalctl, docker logs. “From the server” under Add lists what can be read by SQL.'

function Body({ item }: { item: ImportItem }) {
  switch (item.state) {
    case 'looking':
      return <p className={classes.quiet}>Reading its beginning…</p>
    case 'refused':
      return item.fault === null ? null : (
        <FaultPanel title="This is no log that can be imported" fault={{ hint: elsewhere, ...item.fault }} />
      )
    case 'queued':
    case 'importing':
      return <Running item={item} />
    case 'done':
      return <Summary item={item} />
    case 'stopped':
    case 'failed':
      return (
        <>
          <Summary item={item} />
          <ReadingPane key={item.id} item={item} />
        </>
      )
    case 'ready':
      return <ReadingPane key={item.id} item={item} />
  }
}

function aboutText({ bytes, detection }: ImportItem): string {
  const packing = detection === null || detection.packing === 'plain' ? null : `packed with ${detection.packing}`
  return [bytes === null ? null : bytesText(bytes), packing].filter((part) => part !== null).join(', ')
}
