import { numberIn, type RawNode, textIn } from './read.ts'

/** What a node is and what it works on, as the text of `explain` begins its line: `Seq Scan on visit v`. */
export function titleOf({ values }: RawNode): string {
  const parallel = values['Parallel Aware'] === true ? 'Parallel ' : ''
  const async = values['Async Capable'] === true ? 'Async ' : ''
  return `${parallel}${async}${kindOf(values)}${targetOf(values)}`
}

type Values = RawNode['values']

const aggregates: Readonly<Record<string, string>> = {
  Plain: 'Aggregate',
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
}

function kindOf(values: Values): string {
  const type = textIn(values, 'Node Type') ?? 'Node'
  const strategy = textIn(values, 'Strategy') ?? ''
  const join = textIn(values, 'Join Type') ?? 'Inner'
  switch (type) {
    case 'Aggregate': {
      const mode = textIn(values, 'Partial Mode')
      const part = mode === 'Partial' || mode === 'Finalize' ? `${mode} ` : ''
      return part + (aggregates[strategy] ?? type)
    }
    case 'SetOp': {
      const command = textIn(values, 'Command')
      return `${strategy === 'Hashed' ? 'HashSetOp' : 'SetOp'}${command === null ? '' : ` ${command}`}`
    }
    case 'ModifyTable':
      return textIn(values, 'Operation') ?? type
    case 'Foreign Scan': {
      const operation = textIn(values, 'Operation') ?? 'Select'
      return operation === 'Select' ? type : `Foreign ${operation}`
    }
    case 'Custom Scan': {
      const provider = textIn(values, 'Custom Plan Provider')
      return provider === null ? type : `Custom Scan (${provider})`
    }
    case 'Nested Loop':
      return join === 'Inner' ? type : `Nested Loop ${join} Join`
    case 'Merge Join':
      return join === 'Inner' ? type : `Merge ${join} Join`
    case 'Hash Join':
      return join === 'Inner' ? type : `Hash ${join} Join`
    default:
      return type
  }
}

function targetOf(values: Values): string {
  const type = textIn(values, 'Node Type')
  const index = textIn(values, 'Index Name')
  if (type === 'Bitmap Index Scan') return index === null ? '' : ` on ${asName(index)}`
  const backward = textIn(values, 'Scan Direction') === 'Backward' ? ' Backward' : ''
  return `${backward}${index === null ? '' : ` using ${asName(index)}`}${relationOf(values)}`
}

function relationOf(values: Values): string {
  const object =
    textIn(values, 'Relation Name') ??
    textIn(values, 'Function Name') ??
    textIn(values, 'Table Function Name') ??
    textIn(values, 'CTE Name') ??
    textIn(values, 'Tuplestore Name')
  const alias = textIn(values, 'Alias')
  if (object === null && alias === null) return ''
  const schema = textIn(values, 'Schema')
  const named = object === null ? '' : ` ${schema === null ? '' : `${asName(schema)}.`}${asName(object)}`
  return ` on${named}${alias === null || alias === object ? '' : ` ${asName(alias)}`}`
}

/** Quoted where it has to be, which here is a matter of reading alone. */
function asName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** Was the node never run, though the statement was? */
export function isNeverExecuted({ values }: RawNode): boolean {
  return numberIn(values, 'Actual Loops') === 0
}
