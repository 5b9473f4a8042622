import { z } from 'zod'
import { Failure } from '../../fault.ts'

/** A value of a plan's JSON: what the server adds in a newer version comes through as it is. */
export type PlanValue = z.core.util.JSONType

/** A node as `explain (format json)` writes it, by the server's own names. */
export interface RawNode {
  readonly values: Readonly<Record<string, PlanValue>>
  readonly children: readonly RawNode[]
}

/** What `explain (format json)` says of one statement. */
export interface RawPlan {
  readonly root: RawNode
  /** Planning and execution times, settings, triggers, JIT: all beside the tree. */
  readonly values: Readonly<Record<string, PlanValue>>
  /** The server counts rows in hundredths, from 18 on: a number alone does not show it. */
  readonly fractionalRows: boolean
}

const document = z.array(z.record(z.string(), z.json())).min(1)

/** Deeper trees are none that a planner makes. */
const deepest = 2_000

/**
 * Reads the JSON of `explain`, whatever the server's version.
 *
 * @throws Failure `invalid_input` for anything else
 */
export function readPlan(json: string): RawPlan {
  const parsed = document.safeParse(jsonOrNull(json))
  const [first] = parsed.success ? parsed.data : []
  const root = first?.['Plan']
  if (first === undefined || !isRecord(root)) throw noPlan()
  return { root: readNode(root, 0), values: first, fractionalRows: /"Actual Rows": \d+\.\d/.test(json) }
}

function readNode(record: Readonly<Record<string, PlanValue>>, depth: number): RawNode {
  if (depth > deepest) throw noPlan()
  const plans = record['Plans']
  const children = Array.isArray(plans) ? plans.filter(isRecord) : []
  return { values: record, children: children.map((child) => readNode(child, depth + 1)) }
}

export function isRecord(value: unknown): value is Readonly<Record<string, PlanValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textIn(values: Readonly<Record<string, PlanValue>>, key: string): string | null {
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  return typeof value === 'string' ? value : null
}

export function numberIn(values: Readonly<Record<string, PlanValue>>, key: string): number | null {
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  return typeof value === 'number' ? value : null
}

export function listIn(values: Readonly<Record<string, PlanValue>>, key: string): readonly PlanValue[] {
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  return Array.isArray(value) ? value : []
}

function jsonOrNull(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null // The shape refuses it.
  }
}

function noPlan(): Failure {
  return new Failure({
    code: 'invalid_input',
    message: 'This is no plan that can be read.',
    hint: 'A plan is what explain (format json) answers.',
  })
}
