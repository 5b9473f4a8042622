import { Flame, Scale } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { type AnalysedPlan, costlyShare, type PlanNode } from '../../../core/editor/plan/analyse.ts'
import { durationText } from '../amounts.ts'
import { ShownText } from '../ShownText.tsx'
import { StatusBadge } from '../StatusBadge.tsx'
import { PlanFacts } from './PlanFacts.tsx'
import classes from './PlanTree.module.css'
import { amountText, factorText } from './words.ts'

/** The nodes in their order, each with its own part of the whole; the chosen one in full beside them. */
export function PlanTree({ plan }: { plan: AnalysedPlan }) {
  const { nodes, timed } = plan
  const costliest = nodes.reduce((most, node) => (node.share > most.share ? node : most), nodes[0] ?? emptyNode)
  const [chosen, setChosen] = useState(costliest.id)
  const rows = useRef<HTMLTableSectionElement>(null)

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      Home: -nodes.length,
      End: nodes.length,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.min(nodes.length - 1, Math.max(0, chosen + step))
    setChosen(next)
    rows.current?.querySelector<HTMLElement>(`[data-node="${next}"]`)?.focus()
  }
  const node = nodes[chosen]
  return (
    <div className={classes.plan}>
      <div className={classes.scroll}>
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is a tree is a treegrid */}
        <table className={classes.table} role="treegrid" aria-label="Plan" onKeyDown={onKeyDown}>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col" className={classes.number} title="Without the nodes below it">
                {timed ? 'Own time' : 'Own cost'}
              </th>
              <th scope="col" aria-label="Part of the whole" />
              <th scope="col" className={classes.number}>
                Rows
              </th>
              <th scope="col" className={classes.number}>
                Expected
              </th>
              <th scope="col" className={classes.number}>
                Loops
              </th>
            </tr>
          </thead>
          <tbody ref={rows}>
            {nodes.map((each) => (
              <Row key={each.id} node={each} timed={timed} chosen={each.id === chosen} onChoose={setChosen} />
            ))}
          </tbody>
        </table>
      </div>
      <PlanFacts plan={plan} node={node} />
    </div>
  )
}

const emptyNode = { id: 0, share: 0 }

interface RowProps {
  node: PlanNode
  timed: boolean
  chosen: boolean
  onChoose: (id: number) => void
}

function Row({ node, timed, chosen, onChoose }: RowProps) {
  const costly = node.share >= costlyShare
  return (
    <tr
      className={classes.row}
      data-node={node.id}
      data-chosen={chosen || undefined}
      data-never={node.neverExecuted || undefined}
      aria-level={node.depth + 1}
      aria-selected={chosen}
      tabIndex={chosen ? 0 : -1}
      onClick={() => onChoose(node.id)}
      onFocus={() => onChoose(node.id)}
    >
      <td>
        <div className={classes.title} style={{ paddingInlineStart: `${Math.min(node.depth, 24) * 1.125}rem` }}>
          {node.subplan !== null && <span className={classes.subplan}>{node.subplan}</span>}
          <ShownText text={node.title} />
          {costly && (
            <StatusBadge tone="bad" icon={Flame}>
              {Math.round(node.share * 100)} %
            </StatusBadge>
          )}
          {node.misestimate !== null && (
            <StatusBadge tone="warn" icon={Scale}>
              {factorText(node.misestimate)}
            </StatusBadge>
          )}
          {node.neverExecuted && <StatusBadge tone="quiet">never executed</StatusBadge>}
        </div>
      </td>
      <td className={classes.number}>
        {timed
          ? node.selfMs === null || node.neverExecuted
            ? ''
            : durationText(node.selfMs)
          : amountText(node.selfCost)}
      </td>
      <td className={classes.share}>
        <div className={classes.bar} data-costly={costly || undefined} style={{ width: `${node.share * 100}%` }} />
      </td>
      <td className={classes.number}>{node.rows === null || node.neverExecuted ? '' : amountText(node.rows)}</td>
      <td className={classes.number}>{amountText(node.estimatedRows)}</td>
      <td className={classes.number}>{node.loops === null ? '' : amountText(node.loops)}</td>
    </tr>
  )
}
