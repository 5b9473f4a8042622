import { Tabs } from '@mantine/core'
import { useMemo } from 'react'
import { analysePlan } from '../../../core/editor/plan/analyse.ts'
import { readPlan } from '../../../core/editor/plan/read.ts'
import { type Fault, toFault } from '../../../core/fault.ts'
import { CopyText } from '../CopyText.tsx'
import { FaultPanel } from '../FaultPanel.tsx'
import { PlanTree } from './PlanTree.tsx'
import classes from './PlanView.module.css'

/** A plan as a tree with what is costly in it, as explain's text, and as the server's JSON. */
export function PlanView({ text, json }: { text: string; json: string }) {
  const read = useMemo(() => analysedOrFault(json), [json])
  return (
    <Tabs className={classes.tabs} defaultValue={'fault' in read ? 'json' : 'tree'} keepMounted={false}>
      <Tabs.List className={classes.list} aria-label="Ways to read the plan">
        <Tabs.Tab value="tree" className={classes.tab}>
          Tree
        </Tabs.Tab>
        <Tabs.Tab value="text" className={classes.tab}>
          Text
        </Tabs.Tab>
        <Tabs.Tab value="json" className={classes.tab}>
          JSON
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="tree" className={classes.panel}>
        {'fault' in read ? (
          <FaultPanel title="This plan cannot be shown as a tree" fault={read.fault} />
        ) : (
          <PlanTree plan={read.plan} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="text" className={classes.panel}>
        <Source text={text} label="Plan as text" />
      </Tabs.Panel>
      <Tabs.Panel value="json" className={classes.panel}>
        <Source text={json} label="Plan as JSON" />
      </Tabs.Panel>
    </Tabs>
  )
}

function analysedOrFault(json: string): { plan: ReturnType<typeof analysePlan> } | { fault: Fault } {
  try {
    return { plan: analysePlan(readPlan(json)) }
  } catch (thrown) {
    return { fault: toFault(thrown) }
  }
}

/** A window draws no more than this at once, in UTF-16 units; what is copied is whole. */
const longestShown = 500_000

function Source({ text, label }: { text: string; label: string }) {
  return (
    <div className={classes.source}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled can be reached by keys */}
      <section className={classes.text} aria-label={label} tabIndex={0}>
        <pre>
          {text.slice(0, longestShown)}
          {text.length > longestShown && `\n… ${(text.length - longestShown).toLocaleString('en')} more characters`}
        </pre>
      </section>
      <div className={classes.copy}>
        <CopyText text={text} label={`Copy the ${label.toLowerCase()}`} />
      </div>
    </div>
  )
}
