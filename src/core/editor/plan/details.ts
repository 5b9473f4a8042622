import { isRecord, listIn, numberIn, type PlanValue, type RawNode, textIn } from './read.ts'

/** One line below a node: `Filter` and its condition. */
export interface PlanDetail {
  readonly label: string
  readonly text: string
}

type Values = RawNode['values']

/** In the order of explain's text. */
const plain = [
  'Output',
  'Window',
  'Run Condition',
  'Index Cond',
  'Recheck Cond',
  'TID Cond',
  'Hash Cond',
  'Merge Cond',
  'Cache Key',
  'Cache Mode',
  'Sort Key',
  'Presorted Key',
  'Group Key',
  'One-Time Filter',
  'Join Filter',
  'Rows Removed by Join Filter',
  'Rows Removed by Index Recheck',
  'Order By',
  'Filter',
  'Rows Removed by Filter',
  'Heap Fetches',
  'Index Searches',
  'Workers Planned',
  'Workers Launched',
  'Conflict Resolution',
  'Conflict Arbiter Indexes',
  'Conflict Filter',
  'Tuples Inserted',
  'Conflicting Tuples',
  'Remote SQL',
] as const

/** Counts that are worth a line only where there is something to count. */
const silentAtZero = /^(Rows Removed by .*|Subplans Removed)$/

/** Shown elsewhere: in the title, in the figures, in lines of several values; or nothing that the text has. */
const elsewhere = new Set([
  'Node Type',
  'Strategy',
  'Partial Mode',
  'Operation',
  'Parent Relationship',
  'Subplan Name',
  'Parallel Aware',
  'Async Capable',
  'Custom Plan Provider',
  'Join Type',
  'Scan Direction',
  'Index Name',
  'Relation Name',
  'Schema',
  'Function Name',
  'Table Function Name',
  'CTE Name',
  'Tuplestore Name',
  'Alias',
  'Command',
  'Startup Cost',
  'Total Cost',
  'Plan Rows',
  'Plan Width',
  'Actual Startup Time',
  'Actual Total Time',
  'Actual Rows',
  'Actual Loops',
  'Inner Unique',
  'Single Copy',
  'Plans',
  'Workers',
  'Disabled',
  'Exact Heap Blocks',
  'Lossy Heap Blocks',
  'Sort Method',
  'Sort Space Used',
  'Sort Space Type',
  'Hash Buckets',
  'Original Hash Buckets',
  'Hash Batches',
  'Original Hash Batches',
  'Peak Memory Usage',
  'Planned Partitions',
  'HashAgg Batches',
  'Disk Usage',
  'Cache Hits',
  'Cache Misses',
  'Cache Evictions',
  'Cache Overflows',
  'Grouping Sets',
  'Storage',
  'Maximum Storage',
])

const isOfBuffers = /^(Shared|Local|Temp) |^I\/O |^WAL /

/** What is to be said of a node beside its title and its figures, in the order of explain's text. */
export function detailsOf({ values }: RawNode): PlanDetail[] {
  const known: readonly string[] = plain
  const disabled = values['Disabled'] === true ? [{ label: 'Disabled', text: 'true' }] : []
  const rest = Object.keys(values).filter(
    (key) => !known.includes(key) && !elsewhere.has(key) && !isOfBuffers.test(key) && !isRecord(values[key]),
  )
  return [
    ...disabled,
    ...plain.flatMap((key) => plainDetail(values, key)),
    ...groupingDetails(values),
    ...sortDetail(values),
    ...hashDetail(values),
    ...aggregateDetail(values),
    ...cacheDetail(values),
    ...storageDetail(values),
    ...heapDetail(values),
    ...rest.flatMap((key) => plainDetail(values, key)),
  ]
}

function plainDetail(values: Values, key: string): PlanDetail[] {
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  if (value === undefined || value === null || (value === 0 && silentAtZero.test(key))) return []
  return [{ label: key, text: valueText(value) }]
}

function valueText(value: PlanValue): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return String(value)
}

/** `group by rollup (a, b)`: a line for each set of keys, `()` for none. */
function groupingDetails(values: Values): PlanDetail[] {
  return listIn(values, 'Grouping Sets')
    .filter(isRecord)
    .flatMap((set) =>
      (['Sort Key', 'Hash Key', 'Group Key'] as const).flatMap((label): PlanDetail[] => {
        if (label === 'Sort Key') return plainDetail(set, label)
        return listIn(set, `${label}s`).map((keys) => ({ label, text: valueText(keys) || '()' }))
      }),
    )
}

function sortDetail(values: Values): PlanDetail[] {
  const method = textIn(values, 'Sort Method')
  if (method === null) return []
  const [type, used] = [textIn(values, 'Sort Space Type') ?? 'Memory', numberIn(values, 'Sort Space Used') ?? 0]
  return [{ label: 'Sort Method', text: `${method}  ${type}: ${used}kB` }]
}

function hashDetail(values: Values): PlanDetail[] {
  const buckets = numberIn(values, 'Hash Buckets')
  if (buckets === null) return []
  const batches = numberIn(values, 'Hash Batches') ?? 1
  const original = (key: string, now: number): string => {
    const before = numberIn(values, key)
    return before === null || before === now ? '' : ` (originally ${before})`
  }
  const memory = numberIn(values, 'Peak Memory Usage') ?? 0
  const text =
    `${buckets}${original('Original Hash Buckets', buckets)}  ` +
    `Batches: ${batches}${original('Original Hash Batches', batches)}  Memory Usage: ${memory}kB`
  return [{ label: 'Buckets', text }]
}

function aggregateDetail(values: Values): PlanDetail[] {
  const batches = numberIn(values, 'HashAgg Batches')
  const planned = numberIn(values, 'Planned Partitions') ?? 0
  if (batches === null) return planned > 0 ? [{ label: 'Planned Partitions', text: String(planned) }] : []
  const disk = numberIn(values, 'Disk Usage') ?? 0
  const memory = numberIn(values, 'Peak Memory Usage') ?? 0
  const text = `${batches}  Memory Usage: ${memory}kB${disk > 0 ? `  Disk Usage: ${disk}kB` : ''}`
  if (planned === 0) return [{ label: 'Batches', text }]
  return [{ label: 'Planned Partitions', text: `${planned}  Batches: ${text}` }]
}

function cacheDetail(values: Values): PlanDetail[] {
  const hits = numberIn(values, 'Cache Hits')
  if (hits === null) return []
  const count = (name: string): number => numberIn(values, `Cache ${name}`) ?? 0
  const text =
    `${hits}  Misses: ${count('Misses')}  Evictions: ${count('Evictions')}  Overflows: ${count('Overflows')}  ` +
    `Memory Usage: ${numberIn(values, 'Peak Memory Usage') ?? 0}kB`
  return [{ label: 'Hits', text }]
}

function storageDetail(values: Values): PlanDetail[] {
  const storage = textIn(values, 'Storage')
  if (storage === null) return []
  return [{ label: 'Storage', text: `${storage}  Maximum Storage: ${numberIn(values, 'Maximum Storage') ?? 0}kB` }]
}

function heapDetail(values: Values): PlanDetail[] {
  const exact = numberIn(values, 'Exact Heap Blocks') ?? 0
  const lossy = numberIn(values, 'Lossy Heap Blocks') ?? 0
  const parts = [...(exact > 0 ? [`exact=${exact}`] : []), ...(lossy > 0 ? [`lossy=${lossy}`] : [])]
  return parts.length === 0 ? [] : [{ label: 'Heap Blocks', text: parts.join(' ') }]
}

/** `shared hit=3 read=1, temp written=5`: null where no block was touched. */
export function buffersText(values: Values): string | null {
  const kinds = [
    ['shared', 'Shared', ['Hit', 'Read', 'Dirtied', 'Written']],
    ['local', 'Local', ['Hit', 'Read', 'Dirtied', 'Written']],
    ['temp', 'Temp', ['Read', 'Written']],
  ] as const
  const parts = kinds.flatMap(([name, prefix, counts]) => {
    const given = counts.flatMap((count) => {
      const blocks = numberIn(values, `${prefix} ${count} Blocks`) ?? 0
      return blocks > 0 ? [`${count.toLowerCase()}=${blocks}`] : []
    })
    return given.length === 0 ? [] : [`${name} ${given.join(' ')}`]
  })
  return parts.length === 0 ? null : parts.join(', ')
}

/** `records=5 fpi=1 bytes=8192`: null where none was written. */
export function walText(values: Values): string | null {
  const parts = ['Records', 'FPI', 'Bytes'].flatMap((name) => {
    const value = numberIn(values, `WAL ${name}`) ?? 0
    return value > 0 ? [`${name.toLowerCase()}=${value}`] : []
  })
  return parts.length === 0 ? null : parts.join(' ')
}

/** `read=0.123 write=0.004`, in milliseconds: null where `track_io_timing` is off or nothing was read. */
export function ioText(values: Values): string | null {
  const kinds = [
    // Until 16, all reading and writing was told in one.
    ['shared', ['I/O', 'Shared I/O']],
    ['local', ['Local I/O']],
    ['temp', ['Temp I/O']],
  ] as const
  const parts = kinds.flatMap(([name, prefixes]) => {
    const given = (['Read', 'Write'] as const).flatMap((way) => {
      const ms = prefixes.reduce((sum, prefix) => sum + (numberIn(values, `${prefix} ${way} Time`) ?? 0), 0)
      return ms > 0 ? [`${way.toLowerCase()}=${ms.toFixed(3)}`] : []
    })
    return given.length === 0 ? [] : [`${name} ${given.join(' ')}`]
  })
  return parts.length === 0 ? null : parts.join(', ')
}

/** Settings that differ from their defaults and weigh on the plan. */
export function settingsOf(values: Values): PlanDetail[] {
  const settings = values['Settings']
  if (!isRecord(settings)) return []
  return Object.entries(settings).map(([label, value]) => ({ label, text: String(value) }))
}

/** A trigger that the statement fired, with its time in milliseconds. */
export interface PlanTrigger {
  readonly name: string
  readonly relation: string | null
  readonly ms: number | null
  readonly calls: number
}

export function triggersOf(values: Values): PlanTrigger[] {
  return listIn(values, 'Triggers')
    .filter(isRecord)
    .map((trigger) => {
      const constraint = textIn(trigger, 'Constraint Name')
      const own = textIn(trigger, 'Trigger Name')
      return {
        name: constraint === null ? (own ?? '') : `for constraint ${constraint}`,
        relation: textIn(trigger, 'Relation'),
        ms: numberIn(trigger, 'Time'),
        calls: numberIn(trigger, 'Calls') ?? 0,
      }
    })
}
