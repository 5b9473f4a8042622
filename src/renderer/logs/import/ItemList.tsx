import { ActionIcon, Loader, Progress } from '@mantine/core'
import {
  CircleCheck,
  CirclePause,
  CircleX,
  Clock3,
  FileText,
  type LucideIcon,
  OctagonAlert,
  TriangleAlert,
  Unplug,
  X,
} from 'lucide-react'
import { bytesText, countText, percentText } from '../../ui/amounts.ts'
import type { Tone } from '../../ui/StatusBadge.tsx'
import { VirtualList } from '../../ui/VirtualList.tsx'
import { FileName } from '../FileName.tsx'
import { doubtsOf, formatText, type ImportItem, isUnderWay } from './item.ts'
import { useImport } from './store.ts'
import classes from './View.module.css'

/** The logs in the wizard, in the order of their import. */
export function ItemList() {
  const items = useImport((state) => state.items)
  const selected = useImport((state) => state.selected)
  const select = useImport((state) => state.select)
  const remove = useImport((state) => state.remove)
  const shown = items.find(({ id }) => id === selected)
  return (
    <>
      <VirtualList
        label="Logs"
        count={items.length}
        rowHeight={54}
        keyOf={(index) => items[index]?.id ?? index}
        chosen={items.findIndex(({ id }) => id === selected)}
        onChoose={(index) => {
          const item = items[index]
          if (item !== undefined) select(item.id)
        }}
        row={(index) => {
          const item = items[index]
          return item === undefined ? null : <ItemRow item={item} />
        }}
      />
      <div className={classes.foot}>
        <span>
          {countText(items.length, 'log')}, {bytesText(items.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0))}
        </span>
        {shown !== undefined && !isUnderWay(shown) && (
          <ActionIcon size="sm" aria-label={`Take ${shown.name} off the list`} onClick={() => remove(shown.id)}>
            <X size={14} aria-hidden />
          </ActionIcon>
        )}
      </div>
    </>
  )
}

function ItemRow({ item }: { item: ImportItem }) {
  const { tone, icon: Icon, words } = lookOf(item)
  const done = shareOf(item)
  return (
    <>
      <span className={classes.itemName}>
        {item.state === 'looking' || (item.state === 'importing' && tone === 'info') ? (
          <Loader size={13} aria-hidden />
        ) : (
          <Icon size={14} className={classes.itemIcon} data-tone={tone} aria-hidden />
        )}
        <FileName>{item.name}</FileName>
      </span>
      <span className={classes.itemFacts}>
        <span className={classes.words}>{words}</span>
        {item.bytes !== null && <span className={classes.size}>{bytesText(item.bytes)}</span>}
      </span>
      {item.state === 'importing' && (
        <Progress
          size={3}
          className={classes.itemBar}
          value={(done ?? 0) * 100}
          aria-label={`Import of ${item.name}`}
        />
      )}
    </>
  )
}

/** How much of a log is read, from 0 to 1; null where nobody knows. */
export function shareOf({ progress }: ImportItem): number | null {
  if (progress === null || progress.packedSize === null || progress.packedSize === 0) return null
  return Math.min(1, progress.packedRead / progress.packedSize)
}

function lookOf(item: ImportItem): { tone: Tone; icon: LucideIcon; words: string } {
  const { state, reading, summary, progress } = item
  switch (state) {
    case 'looking':
      return { tone: 'quiet', icon: FileText, words: 'Looking…' }
    case 'refused':
      return { tone: 'bad', icon: OctagonAlert, words: 'Cannot be imported' }
    case 'queued':
      return { tone: 'quiet', icon: Clock3, words: 'Waiting for its turn' }
    case 'importing':
      if (item.note?.kind === 'reconnecting') return { tone: 'warn', icon: Unplug, words: 'Connecting again' }
      if (item.note?.kind === 'waiting') return { tone: 'warn', icon: Clock3, words: 'Waiting for another import' }
      if (progress?.phase === 'paused') return { tone: 'warn', icon: CirclePause, words: 'Paused' }
      return { tone: 'info', icon: FileText, words: `Importing ${shareText(item)}` }
    case 'done':
      return {
        tone: 'good',
        icon: CircleCheck,
        words: summary?.outcome === 'nothing new' ? 'Nothing new' : countText(summary?.events ?? 0, 'operation'),
      }
    case 'stopped':
      return { tone: 'warn', icon: CirclePause, words: 'Stopped' }
    case 'failed':
      return { tone: 'bad', icon: CircleX, words: 'Failed' }
    case 'ready': {
      const doubtful = !item.accepted && (doubtsOf(item).length > 0 || item.readingFault !== null)
      const explained =
        reading === null ? '' : `${formatText(reading.format)}, ${percentText(reading.explains)} explained`
      return { tone: doubtful ? 'warn' : 'good', icon: doubtful ? TriangleAlert : FileText, words: explained }
    }
  }
}

function shareText(item: ImportItem): string {
  const share = shareOf(item)
  return share === null ? '' : percentText(share)
}
