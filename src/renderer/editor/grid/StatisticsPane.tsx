import { ActionIcon, Loader } from '@mantine/core'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ColumnStatistics } from '../../../core/editor/arrange.ts'
import type { Column } from '../../../core/editor/contract.ts'
import { type Fault, toFault } from '../../../core/fault.ts'
import { countText } from '../../ui/amounts.ts'
import { FaultPanel } from '../../ui/FaultPanel.tsx'
import { Name } from '../../ui/Name.tsx'
import { ShownText } from '../../ui/ShownText.tsx'
import { useEditor } from '../store.ts'
import { cellText } from './cells.ts'
import classes from './ResultGrid.module.css'
import own from './StatisticsPane.module.css'

interface StatisticsPaneProps {
  index: number
  /** Another one means other rows. */
  result: string | null
  known: number
  column: Column
  place: number
  onClose: () => void
}

/** What the values of a column are like, in the rows that were read. */
export function StatisticsPane({ index, result, known, column, place, onClose }: StatisticsPaneProps) {
  const statisticsOf = useEditor((state) => state.statisticsOf)
  const [statistics, setStatistics] = useState<ColumnStatistics | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows are counted anew.
  useEffect(() => {
    const ended = new AbortController()
    setFault(null)
    statisticsOf(index, place, ended.signal).then(
      (found) => !ended.signal.aborted && setStatistics(found),
      (thrown: unknown) => !ended.signal.aborted && setFault(toFault(thrown)),
    )
    return () => ended.abort()
  }, [statisticsOf, index, place, result, known])
  return (
    <aside className={classes.value} aria-label={`Statistics of ${column.name}`}>
      <div className={classes.valueHead}>
        <div className={classes.valueName}>
          <Name mono>{column.name}</Name>
          <div className={classes.type}>{column.type}</div>
        </div>
        <ActionIcon onClick={onClose} aria-label="Close the statistics">
          <X size={15} aria-hidden />
        </ActionIcon>
      </div>
      {fault !== null && <FaultPanel title="The values could not be counted" fault={fault} />}
      {statistics === null && fault === null && (
        <Loader className={classes.valueLoading} size="sm" aria-label="Counting" />
      )}
      {statistics !== null && <Facts statistics={statistics} />}
    </aside>
  )
}

function Facts({ statistics }: { statistics: ColumnStatistics }) {
  const { rows, done, nulls, distinct, capped, min, max, mean, top } = statistics
  const part = (count: number): string => (rows === 0 ? '' : ` (${((count / rows) * 100).toFixed(1)} %)`)
  const number = (value: number): string => value.toLocaleString('en')
  const most = top[0]?.count ?? 1
  return (
    <div className={own.facts}>
      <p className={own.scope}>
        {done ? `All ${countText(rows, 'row')}` : `The ${countText(rows, 'row')} read so far`}
      </p>
      <dl className={own.list}>
        <dt>Nulls</dt>
        <dd>
          {number(nulls)}
          {part(nulls)}
        </dd>
        <dt>Distinct</dt>
        <dd>{capped ? `at least ${number(distinct)}` : number(distinct)}</dd>
        {min !== null && (
          <>
            <dt>Least</dt>
            <dd>
              <ShownText text={cellText(min)} />
            </dd>
          </>
        )}
        {max !== null && (
          <>
            <dt>Greatest</dt>
            <dd>
              <ShownText text={cellText(max)} />
            </dd>
          </>
        )}
        {mean !== null && (
          <>
            <dt>Mean</dt>
            <dd>{mean}</dd>
          </>
        )}
      </dl>
      {top.length > 0 && (
        <>
          <h3 className={own.heading}>Most frequent{capped && ', of the first distinct values'}</h3>
          <ol className={own.top}>
            {top.map(({ value, count }) => (
              <li key={value} style={{ backgroundSize: `${(count / most) * 100}% 100%` }}>
                <span className={own.value}>
                  {value === '' ? <em>empty text</em> : <ShownText text={cellText(value)} />}
                </span>
                <span>{number(count)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}
