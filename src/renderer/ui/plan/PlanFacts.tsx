import type { AnalysedPlan, PlanNode } from '../../../core/editor/plan/analyse.ts'
import { durationText } from '../amounts.ts'
import { ShownText } from '../ShownText.tsx'
import classes from './PlanFacts.module.css'
import { amountText, misestimateText } from './words.ts'

type Fact = readonly [string, string]

/** The chosen node in full, and what belongs to the plan as a whole. */
export function PlanFacts({ plan, node }: { plan: AnalysedPlan; node: PlanNode | undefined }) {
  return (
    <aside className={classes.facts} aria-label="The chosen node">
      {node !== undefined && (
        <>
          <h3 className={classes.heading}>
            <ShownText text={node.title} />
          </h3>
          <List facts={nodeFacts(node)} />
          {node.misestimate !== null && <p className={classes.note}>{misestimateText(node.misestimate)}</p>}
        </>
      )}
      <h3 className={classes.heading}>The whole plan</h3>
      <List facts={planFacts(plan)} />
    </aside>
  )
}

function nodeFacts(node: PlanNode): Fact[] {
  const { totalMs, selfMs, rows, loops } = node
  const times: Fact[] =
    totalMs === null || selfMs === null || node.neverExecuted
      ? []
      : [
          ['Own time', durationText(selfMs)],
          ['With all below', durationText(totalMs)],
        ]
  const counts: Fact[] =
    rows === null || loops === null || node.neverExecuted
      ? []
      : [['Rows', loops === 1 ? amountText(rows) : `${amountText(rows)} in ${amountText(loops)} loops`]]
  return [
    ...times,
    ...counts,
    ['Expected rows', `${amountText(node.estimatedRows)} a loop`],
    ['Own cost', amountText(node.selfCost)],
    ['Cost with all below', amountText(node.totalCost)],
    ...node.details.map(({ label, text }): Fact => [label, text]),
  ]
}

function planFacts({ planningMs, executionMs, jit, triggers, settings, nodes }: AnalysedPlan): Fact[] {
  return [
    ...(planningMs === null ? [] : [['Planning', durationText(planningMs)] as const]),
    ...(executionMs === null ? [] : [['Execution', durationText(executionMs)] as const]),
    ['Cost', amountText(nodes[0]?.totalCost ?? 0)],
    ...(jit === null
      ? []
      : [['JIT', `${jit.functions} functions${jit.ms === null ? '' : ` in ${durationText(jit.ms)}`}`] as const]),
    ...triggers.map(({ name, relation, ms, calls }): Fact => {
      const time = ms === null ? '' : `${durationText(ms)} in `
      return [`Trigger ${name}`, `${time}${amountText(calls)} calls${relation === null ? '' : ` on ${relation}`}`]
    }),
    ...settings.map(({ label, text }): Fact => [label, text]),
  ]
}

function List({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.list}>
      {facts.map(([name, value], index) => (
        // Two lines can have one name, such as the hash keys of grouping sets.
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change their order
        <div key={index} className={classes.fact}>
          <dt>{name}</dt>
          <dd>
            <ShownText text={value} lines="kept" />
          </dd>
        </div>
      ))}
    </dl>
  )
}
