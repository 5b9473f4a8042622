import { ActionIcon, Table, Tooltip } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { ChartColumn, TableProperties } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { type Bar, type BarPart, TimeBars } from './TimeBars.tsx'
import classes from './TimeChart.module.css'

interface TimeChartProps {
  /** Names the chart for a screen reader: `Timeline`. */
  label: string
  /** What the bars count, in the plural: `Operations`. */
  counted: string
  /** Of the whole. */
  summary: ReactNode
  /** Null before they are known. */
  bars: readonly Bar[] | null
  parts: readonly BarPart[]
  /** Pixels. */
  height?: number
  amountText: (amount: number) => string
  /** Of a whole stretch; as `amountText` without it. */
  totalText?: (total: number) => string
  /** What a stretch of time is called. */
  spanText: (start: number, end: number) => string
  markText: (time: number) => string
  /** Stands at the right of the head. */
  tools?: ReactNode
  onChoose: (from: number, to: number) => void
}

/** How much there was when, as bars or as a table. Choosing a stretch of it is what it is there for. */
export function TimeChart(props: TimeChartProps) {
  const { label, summary, bars, parts, height = 56, amountText, totalText = amountText, spanText, tools } = props
  const [asTable, setAsTable] = useState(false)
  const { ref, width } = useElementSize<HTMLDivElement>()
  const said = (start: number, end: number, amounts: readonly number[]): string => {
    const told = parts.flatMap(({ label }, place) => {
      const amount = amounts[place] ?? 0
      return amount === 0 ? [] : [{ label, amount }]
    })
    const all = totalText(told.reduce((sum, { amount }) => sum + amount, 0))
    const [first, ...others] = told
    const single = first !== undefined && others.length === 0 && parts.length > 1 ? ` (${first.label})` : ''
    const each =
      others.length === 0
        ? single
        : ` (${told.map(({ label, amount }) => `${label} ${amountText(amount)}`).join(', ')})`
    return `${spanText(start, end)}: ${all}${each}`
  }
  return (
    <section className={classes.frame} aria-label={label}>
      <header className={classes.head}>
        <span role="status" className={classes.summary}>
          {summary}
        </span>
        <Legend bars={bars ?? []} parts={parts} amountText={amountText} />
        <span className={classes.tools}>
          {tools}
          <Tooltip label={asTable ? 'Show as a chart' : 'Show as a table'}>
            <ActionIcon
              size={22}
              aria-label={`Show the ${label.toLowerCase()} as a ${asTable ? 'chart' : 'table'}`}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <ChartColumn size={14} aria-hidden /> : <TableProperties size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        </span>
      </header>
      {asTable && bars !== null && <BarTable {...props} bars={bars} />}
      <div ref={ref} className={classes.chart} style={{ minHeight: height + 16 }} hidden={asTable}>
        {bars !== null && bars.length > 0 && width > 0 && (
          <TimeBars
            bars={bars}
            parts={parts}
            width={width}
            height={height}
            said={said}
            mark={props.markText}
            onChoose={props.onChoose}
          />
        )}
      </div>
    </section>
  )
}

function Legend({ bars, parts, amountText }: Pick<TimeChartProps, 'parts' | 'amountText'> & { bars: readonly Bar[] }) {
  return (
    <span className={classes.legend} aria-hidden>
      {parts.map(({ name, label, colour }, place) => {
        const amount = bars.reduce((sum, { amounts }) => sum + (amounts[place] ?? 0), 0)
        if (amount === 0) return null
        return (
          <span key={name} className={classes.key}>
            <span className={classes.tile} style={{ background: colour }} />
            {label} {amountText(amount)}
          </span>
        )
      })}
    </span>
  )
}

/** The same in figures, for who reads rather than looks. Stretches without anything are left out. */
function BarTable({ bars, parts, counted, amountText, spanText }: TimeChartProps & { bars: readonly Bar[] }) {
  return (
    <div className={classes.table}>
      <Table stickyHeader verticalSpacing={2} fz="xs" aria-label={`${counted} over time`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            {parts.map(({ name, label }) => (
              <Table.Th key={name}>{label}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bars
            .filter(({ amounts }) => amounts.some((amount) => amount > 0))
            .reverse()
            .map(({ start, end, amounts }) => (
              <Table.Tr key={start}>
                <Table.Th scope="row" fw={400}>
                  {spanText(start, end)}
                </Table.Th>
                {parts.map(({ name }, place) => (
                  <Table.Td key={name}>{amountText(amounts[place] ?? 0)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
