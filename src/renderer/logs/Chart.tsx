import { SegmentedControl, Select } from '@mantine/core'
import { useMemo } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { countText } from '../ui/amounts.ts'
import { markText, spanText } from '../ui/spans.ts'
import { TimeChart } from '../ui/TimeChart.tsx'
import { colourOf, kindText, partNames, type Split, sections, splitWords } from './sections.ts'
import { useLogs } from './store.ts'
import classes from './View.module.css'

const splits: readonly Split[] = ['kind', 'severity', 'user', 'database', 'application']
const others = 'others'

/** How much of it there was when. A stretch that is chosen opens the lines behind it. */
export function Chart() {
  const { section, series, split, measured, splitBy, measure, openStretch } = useLogs(
    useShallow(({ section, series, split, measured, splitBy, measure, openStretch }) => {
      return { section, series, split, measured, splitBy, measure, openStretch }
    }),
  )
  const drawn = useMemo(() => {
    if (series === null) return { bars: null, parts: [] }
    const { names, hasOthers } = partNames(series)
    const bars = series.buckets.map(({ start, counts, value }) => {
      const end = start + series.step * 1000
      if (measured) return { start, end, amounts: [value] }
      const known = names.map((name) => counts[name] ?? 0)
      const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
      return { start, end, amounts: hasOthers ? [...known, all - known.reduce((sum, each) => sum + each, 0)] : known }
    })
    if (measured) return { bars, parts: [{ name: 'value', label: '', colour: 'var(--part-1)' }] }
    let place = 0
    const parts = names.map((name) => {
      const colour = colourOf(name, place)
      if (colour.startsWith('var(--part')) place += 1
      const label = split === 'kind' ? kindText(name) : name === '' ? 'none' : name
      return { name, label, colour }
    })
    return { bars, parts: hasOthers ? [...parts, { name: others, label: 'The rest', colour: 'var(--line)' }] : parts }
  }, [series, split, measured])
  if (section === 'files') return null
  const { title, noun, value } = sections[section]
  const isMeasured = measured && value !== null
  const amountText = isMeasured ? value.text : (amount: number): string => amount.toLocaleString('en')
  return (
    <TimeChart
      label={`${title} over time`}
      counted={title}
      height={72}
      summary={
        series === null
          ? 'Counting…'
          : `${countText(series.total, noun)}${
              series.buckets.length === 0
                ? ''
                : `, ${spanText(series.buckets[0]?.start ?? null, drawn.bars?.at(-1)?.end ?? null)}`
            }${series.withoutTime === 0 ? '' : `; ${series.withoutTime.toLocaleString('en')} without a time`}`
      }
      bars={drawn.bars}
      parts={drawn.parts.map((part) => (isMeasured ? { ...part, label: value.label } : part))}
      amountText={amountText}
      totalText={isMeasured ? amountText : (total) => countText(total, noun)}
      spanText={spanText}
      markText={(time) => markText(series?.step ?? 60, time)}
      tools={
        <span className={classes.chartTools}>
          {value !== null && (
            <SegmentedControl
              size="xs"
              aria-label="What the chart shows"
              value={measured ? 'value' : 'count'}
              onChange={(shown) => measure(shown === 'value')}
              data={[
                { value: 'count', label: 'Count' },
                { value: 'value', label: value.label },
              ]}
            />
          )}
          {!isMeasured && (
            <Select
              size="xs"
              className={classes.splitBy}
              aria-label="Split by"
              value={split}
              onChange={(wanted) => {
                const found = splits.find((each) => each === wanted)
                if (found !== undefined) void splitBy(found)
              }}
              data={splits.map((each) => ({ value: each, label: `By ${splitWords[each].toLowerCase()}` }))}
            />
          )}
        </span>
      }
      onChoose={(from, to) => void openStretch(spanText(from, to), from, to)}
    />
  )
}
