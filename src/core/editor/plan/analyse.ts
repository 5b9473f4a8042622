import {
  buffersText,
  detailsOf,
  ioText,
  type PlanDetail,
  type PlanTrigger,
  settingsOf,
  triggersOf,
  walText,
} from './details.ts'
import { isRecord, numberIn, type RawNode, type RawPlan, textIn } from './read.ts'
import { isNeverExecuted, titleOf } from './title.ts'

/** How far an estimate was from what came: `factor` is 10 where ten times as many rows came, or a tenth. */
export interface Misestimate {
  readonly factor: number
  readonly direction: 'more' | 'fewer'
}

/** A node as it is shown. Times are in milliseconds, costs in the planner's units. */
export interface PlanNode {
  /** Its place in the tree, counted through from 0, as the text goes. */
  readonly id: number
  readonly depth: number
  readonly title: string
  /** `CTE recent`, `SubPlan 1`, `InitPlan 2`; null for a plain input. */
  readonly subplan: string | null
  readonly estimatedRows: number
  /** Of all loops and all processes together; null where the statement was not run. */
  readonly rows: number | null
  readonly loops: number | null
  readonly neverExecuted: boolean
  /** With all below it, by the clock: what parallel processes do at once counts once. Null without times. */
  readonly totalMs: number | null
  /** Without what is below it. */
  readonly selfMs: number | null
  readonly totalCost: number
  readonly selfCost: number
  /** The part of the whole plan that is its own, from 0 to 1: of the time where it is known, else of the cost. */
  readonly share: number
  /** Null where the estimate is within a factor of ten, or nothing can be said. */
  readonly misestimate: Misestimate | null
  readonly details: readonly PlanDetail[]
}

/** A plan with what a person looks for in it. */
export interface AnalysedPlan {
  /** In the order of explain's text. */
  readonly nodes: readonly PlanNode[]
  /** The shares are of time; else of cost. */
  readonly timed: boolean
  readonly planningMs: number | null
  readonly executionMs: number | null
  readonly triggers: readonly PlanTrigger[]
  readonly settings: readonly PlanDetail[]
  /** What compiling expressions took, in milliseconds; null where nothing was compiled. */
  readonly jit: { readonly functions: number; readonly ms: number | null } | null
}

/** From this share on, a node is where the time goes. */
export const costlyShare = 0.2

/** Estimates are looked at from here on. */
const worthFactor = 10

export function analysePlan(plan: RawPlan): AnalysedPlan {
  const root = measure(plan.root, { processes: 1, estimatedLoops: 1, stopsEarly: false })
  chargeSubplans(root)
  const timed = root.totalMs !== null
  const all = timed ? (root.totalMs ?? 0) : root.totalCost
  const nodes: PlanNode[] = []
  list(root, 0, timed, all, nodes)
  const jit = plan.values['JIT']
  return {
    nodes,
    timed,
    planningMs: numberIn(plan.values, 'Planning Time'),
    executionMs: numberIn(plan.values, 'Execution Time'),
    triggers: triggersOf(plan.values),
    settings: settingsOf(plan.values),
    jit: isRecord(jit) ? { functions: numberIn(jit, 'Functions') ?? 0, ms: jitMs(jit['Timing']) } : null,
  }
}

function jitMs(timing: unknown): number | null {
  return isRecord(timing) ? numberIn(timing, 'Total') : null
}

/** A node under measurement. */
interface Measured {
  raw: RawNode
  children: Measured[]
  totalMs: number | null
  selfMs: number | null
  totalCost: number
  selfCost: number
  stopsEarly: boolean
}

interface Surroundings {
  /** Processes that run the node at once. */
  processes: number
  /** How often the planner thinks that it is run. */
  estimatedLoops: number
  /** Something above it stops reading when it has enough. */
  stopsEarly: boolean
}

function measure(raw: RawNode, around: Surroundings): Measured {
  const { values } = raw
  const loops = numberIn(values, 'Actual Loops')
  const perLoop = numberIn(values, 'Actual Total Time')
  const totalMs = loops === null || perLoop === null ? null : (perLoop * loops) / around.processes
  const totalCost = (numberIn(values, 'Total Cost') ?? 0) * around.estimatedLoops
  const children = raw.children.map((child, index) => measure(child, below(raw, child, index, around)))
  const inputs = children.filter((child) => !isInitPlan(child.raw))
  clampCosts(inputs, totalCost)
  const belowMs = sum(inputs.map((child) => child.totalMs ?? 0))
  const belowCost = sum(inputs.map((child) => child.totalCost))
  return {
    raw,
    children,
    totalMs,
    selfMs: totalMs === null ? null : Math.max(0, totalMs - belowMs),
    totalCost,
    selfCost: Math.max(0, totalCost - belowCost),
    stopsEarly: around.stopsEarly,
  }
}

function below(raw: RawNode, child: RawNode, index: number, around: Surroundings): Surroundings {
  // What is evaluated first is evaluated once, by the leader.
  if (isInitPlan(child)) return { processes: 1, estimatedLoops: 1, stopsEarly: false }
  const type = textIn(raw.values, 'Node Type') ?? ''
  return {
    processes: /^Gather/.test(type) ? processesBelow(raw, child) : around.processes,
    estimatedLoops: around.estimatedLoops * estimatedRuns(raw, child, index),
    stopsEarly: type === 'Limit' || (around.stopsEarly && !readsAll(type)),
  }
}

/** Each process that took part has run the node below a gather once for each time that it gathered. */
function processesBelow(gather: RawNode, child: RawNode): number {
  const gathered = numberIn(gather.values, 'Actual Loops') ?? 0
  const runs = numberIn(child.values, 'Actual Loops') ?? 0
  return gathered === 0 ? 1 : Math.max(1, runs / gathered)
}

/** The inner side of a nested loop is run for each row of the outer one. */
function estimatedRuns(raw: RawNode, child: RawNode, index: number): number {
  if (textIn(raw.values, 'Node Type') !== 'Nested Loop' || textIn(child.values, 'Parent Relationship') !== 'Inner')
    return 1
  const outer = raw.children.find((each, at) => at < index && textIn(each.values, 'Parent Relationship') === 'Outer')
  return Math.max(1, outer === undefined ? 1 : (numberIn(outer.values, 'Plan Rows') ?? 1))
}

/** A limit costs less than what it stops early, and what is run again costs less each time: no part outgrows the whole. */
function clampCosts(children: readonly Measured[], whole: number): void {
  const all = sum(children.map((child) => child.totalCost))
  if (all <= whole || all === 0) return
  for (const child of children) scale(child, whole / all)
}

function scale(node: Measured, by: number): void {
  node.totalCost *= by
  node.selfCost *= by
  for (const child of node.children) if (!isInitPlan(child.raw)) scale(child, by)
}

/** Nodes that read their input to its end before they give the first row, whoever stops reading them. */
function readsAll(type: string): boolean {
  return /^(Sort|Aggregate|Hash|ModifyTable|SetOp|Materialize)$/.test(type)
}

function isInitPlan({ values }: RawNode): boolean {
  return textIn(values, 'Parent Relationship') === 'InitPlan'
}

/**
 * A CTE and an init plan stand beside the tree, but run within the node that first asks for them: their time is in
 * that node's, and has to be taken out of its own.
 */
function chargeSubplans(root: Measured): void {
  const all = flatten(root)
  for (const node of all) {
    for (const init of node.children.filter(({ raw }) => isInitPlan(raw))) {
      const inside = new Set(flatten(init))
      const users = all.filter(
        (each) => !inside.has(each) && uses(each.raw, textIn(init.raw.values, 'Subplan Name') ?? ''),
      )
      charge(users.length > 0 ? users : [node], init)
    }
  }
}

function uses({ values }: RawNode, name: string): boolean {
  const cte = /^CTE (.*)$/s.exec(name)?.[1]
  if (cte !== undefined) return textIn(values, 'CTE Name') === cte
  const number = /^InitPlan (\d+)/.exec(name)?.[1]
  const output = /\(returns (\$\d+)/.exec(name)?.[1]
  return Object.values(values).some((value) => {
    const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : ''
    // `$0` until 16, `(InitPlan 1).col1` from 17 on.
    if (output !== undefined && new RegExp(`\\${output}(?!\\d)`).test(text)) return true
    return number !== undefined && text.includes(`InitPlan ${number})`)
  })
}

function charge(users: readonly Measured[], init: Measured): void {
  let ms = init.totalMs ?? 0
  let cost = init.totalCost
  for (const user of users) {
    const takenMs = Math.min(ms, user.selfMs ?? 0)
    if (user.selfMs !== null) user.selfMs -= takenMs
    ms -= takenMs
    const takenCost = Math.min(cost, user.selfCost)
    user.selfCost -= takenCost
    cost -= takenCost
  }
}

function flatten(node: Measured): Measured[] {
  return [node, ...node.children.flatMap(flatten)]
}

function list(node: Measured, depth: number, timed: boolean, all: number, into: PlanNode[]): void {
  const { raw } = node
  const { values } = raw
  const loops = numberIn(values, 'Actual Loops')
  const perLoop = numberIn(values, 'Actual Rows')
  const own = timed ? (node.selfMs ?? 0) : node.selfCost
  into.push({
    id: into.length,
    depth,
    title: titleOf(raw),
    subplan: textIn(values, 'Subplan Name'),
    estimatedRows: numberIn(values, 'Plan Rows') ?? 0,
    rows: loops === null || perLoop === null ? null : Math.round(perLoop * loops),
    loops,
    neverExecuted: isNeverExecuted(raw),
    totalMs: node.totalMs,
    selfMs: node.selfMs,
    totalCost: node.totalCost,
    selfCost: node.selfCost,
    share: all > 0 ? Math.min(1, own / all) : 0,
    misestimate: misestimateOf(node),
    details: allDetails(raw),
  })
  for (const child of inOrder(node.children)) list(child, depth + 1, timed, all, into)
}

/** What is evaluated first stands before the inputs, and subplans behind them. */
function inOrder(children: readonly Measured[]): Measured[] {
  const place = ({ raw }: Measured): number => {
    const relationship = textIn(raw.values, 'Parent Relationship')
    return relationship === 'InitPlan' ? 0 : relationship === 'SubPlan' ? 2 : 1
  }
  return [...children].sort((a, b) => place(a) - place(b))
}

function allDetails(raw: RawNode): PlanDetail[] {
  const more: readonly (readonly [string, string | null])[] = [
    ['Buffers', buffersText(raw.values)],
    ['I/O Timings', ioText(raw.values)],
    ['WAL', walText(raw.values)],
  ]
  return [...detailsOf(raw), ...more.flatMap(([label, text]) => (text === null ? [] : [{ label, text }]))]
}

/** Both are counts of one loop and one process, so that they can be compared. */
function misestimateOf({ raw, stopsEarly }: Measured): Misestimate | null {
  const { values } = raw
  const estimated = numberIn(values, 'Plan Rows')
  const actual = numberIn(values, 'Actual Rows')
  const type = textIn(values, 'Node Type') ?? ''
  // These count no rows, or count them in another way.
  if (
    estimated === null ||
    actual === null ||
    isNeverExecuted(raw) ||
    /^(ModifyTable|BitmapAnd|BitmapOr|Hash)$/.test(type)
  )
    return null
  const [expected, came] = [Math.max(1, estimated), Math.max(1, actual)]
  const direction = came > expected ? 'more' : 'fewer'
  // Whoever has enough reads no further: that is no fault of the estimate.
  if (direction === 'fewer' && stopsEarly) return null
  const factor = direction === 'more' ? came / expected : expected / came
  return factor >= worthFactor ? { factor, direction } : null
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
