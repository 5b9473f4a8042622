import { buffersText, detailsOf, ioText, settingsOf, triggersOf, walText } from './details.ts'
import { isRecord, numberIn, type RawNode, type RawPlan, textIn } from './read.ts'
import { titleOf } from './title.ts'

/**
 * A plan as `explain` says it in text, made from its JSON: to run a statement a second time for another format would
 * double what it does, and its times would be others.
 */
export function planText(plan: RawPlan): string {
  const lines: string[] = []
  addNode(lines, plan.root, 0, plan.fractionalRows)
  const { values } = plan
  const settings = settingsOf(values)
  if (settings.length > 0) {
    lines.push(`Settings: ${settings.map(({ label, text }) => `${label} = '${text}'`).join(', ')}`)
  }
  addPlanning(lines, values)
  for (const { name, relation, ms, calls } of triggersOf(values)) {
    const time = ms === null ? '' : `time=${ms.toFixed(3)} `
    lines.push(`Trigger ${name}${relation === null ? '' : ` on ${relation}`}: ${time}calls=${calls}`)
  }
  addJit(lines, values)
  const execution = numberIn(values, 'Execution Time')
  if (execution !== null) lines.push(`Execution Time: ${execution.toFixed(3)} ms`)
  return lines.join('\n')
}

function addNode(lines: string[], node: RawNode, depth: number, fractional: boolean): void {
  const { values, children } = node
  let indent = depth
  const name = textIn(values, 'Subplan Name')
  if (name !== null) {
    lines.push(`${spaces(indent)}${name}`)
    indent += 1
  }
  const arrow = indent === 0 ? '' : `${spaces(indent)}->  `
  if (indent > 0) indent += 2
  lines.push(`${arrow}${titleOf(node)}${figures(values, fractional)}`)
  indent += 1

  const line = (label: string, text: string | null): void => {
    if (text !== null) lines.push(`${spaces(indent)}${label}: ${text}`)
  }
  for (const { label, text } of detailsOf(node)) line(label, text)
  line('Buffers', buffersText(values))
  line('I/O Timings', ioText(values))
  line('WAL', walText(values))
  for (const child of inOrder(children)) addNode(lines, child, indent, fractional)
}

/** The text has what is evaluated first before the inputs, and the subplans behind them. */
function inOrder(children: readonly RawNode[]): RawNode[] {
  const isOf = (relationship: string) => (child: RawNode) =>
    textIn(child.values, 'Parent Relationship') === relationship
  const first = children.filter(isOf('InitPlan'))
  const last = children.filter(isOf('SubPlan'))
  return [...first, ...children.filter((child) => !first.includes(child) && !last.includes(child)), ...last]
}

function figures(values: RawNode['values'], fractional: boolean): string {
  const startup = numberIn(values, 'Startup Cost')
  const total = numberIn(values, 'Total Cost')
  const cost =
    startup === null || total === null
      ? ''
      : `  (cost=${startup.toFixed(2)}..${total.toFixed(2)} rows=${numberIn(values, 'Plan Rows') ?? 0} ` +
        `width=${numberIn(values, 'Plan Width') ?? 0})`
  const loops = numberIn(values, 'Actual Loops')
  if (loops === null) return cost
  if (loops === 0) return `${cost} (never executed)`
  const rows = (numberIn(values, 'Actual Rows') ?? 0).toFixed(fractional ? 2 : 0)
  const [first, last] = [numberIn(values, 'Actual Startup Time'), numberIn(values, 'Actual Total Time')]
  const time = first === null || last === null ? '' : `time=${first.toFixed(3)}..${last.toFixed(3)} `
  return `${cost} (actual ${time}rows=${rows} loops=${loops})`
}

function addPlanning(lines: string[], values: RawPlan['values']): void {
  const planning = values['Planning']
  if (isRecord(planning)) {
    const parts = [
      ['Buffers', buffersText(planning)],
      ['I/O Timings', ioText(planning)],
    ].filter(([, text]) => text !== null)
    if (parts.length > 0) lines.push('Planning:', ...parts.map(([label, text]) => `  ${label}: ${text}`))
  }
  const time = numberIn(values, 'Planning Time')
  if (time !== null) lines.push(`Planning Time: ${time.toFixed(3)} ms`)
}

function addJit(lines: string[], values: RawPlan['values']): void {
  const jit = values['JIT']
  if (!isRecord(jit)) return
  lines.push('JIT:', `  Functions: ${numberIn(jit, 'Functions') ?? 0}`)
  const { Options: options, Timing: timing } = jit
  if (isRecord(options)) {
    lines.push(
      `  Options: ${Object.entries(options)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', ')}`,
    )
  }
  if (!isRecord(timing)) return
  const parts = Object.keys(timing).flatMap((name) => {
    const value = timing[name]
    // From 17 on, generation has its parts in an object of its own.
    if (isRecord(value)) {
      const deform = numberIn(value, 'Deform')
      const detail = deform === null ? '' : ` (Deform ${deform.toFixed(3)} ms)`
      return [`${name} ${(numberIn(value, 'Total') ?? 0).toFixed(3)} ms${detail}`]
    }
    return typeof value === 'number' ? [`${name} ${value.toFixed(3)} ms`] : []
  })
  lines.push(`  Timing: ${parts.join(', ')}`)
}

function spaces(indent: number): string {
  return '  '.repeat(indent)
}
