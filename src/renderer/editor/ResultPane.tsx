import { Tabs } from '@mantine/core'
import { ListTree, MessageSquareText, Play } from 'lucide-react'
import { EmptyPage } from '../ui/EmptyPage.tsx'
import { Keys } from '../ui/Keys.tsx'
import { PlanView } from '../ui/plan/PlanView.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { FilterDialog } from './FilterDialog.tsx'
import { Messages } from './Messages.tsx'
import { OfferDialog } from './OfferDialog.tsx'
import { OutcomeBar } from './OutcomeBar.tsx'
import classes from './Results.module.css'
import { ResultView } from './ResultView.tsx'
import { hasMore, type Result } from './run.ts'
import { shortcuts } from './shortcuts.ts'
import { useEditor } from './store.ts'

/** What the last run brought: a tab for each result, one for all that the server said. */
export function ResultPane({ goTo }: { goTo: (offset: number) => void }) {
  const run = useEditor((state) => state.run)
  const shown = useEditor((state) => state.shown)
  const show = useEditor((state) => state.show)
  if (run === null) {
    return (
      <EmptyPage icon={Play} title="Results come here">
        <Keys shortcut={shortcuts.run} /> runs the statement at the cursor or what is selected. Every run is recorded,
        with its ticket and justification.
      </EmptyPage>
    )
  }
  const plan = run.outcome?.plan ?? null
  const failed = run.fault !== null || run.outcome?.failure != null
  return (
    <div className={classes.pane}>
      <Tabs
        className={classes.tabs}
        value={String(shown)}
        onChange={(value) =>
          show(value === 'plan' || value === 'messages' ? value : value === null ? 'messages' : Number(value))
        }
        keepMounted={false}
      >
        <Tabs.List className={classes.list} aria-label="Results">
          {run.results.map((result, place) => (
            <Tabs.Tab key={result.index} value={String(result.index)} className={classes.tab}>
              {run.results.length === 1 ? 'Result' : `Result ${place + 1}`}
              <span className={classes.count}>{countOf(result)}</span>
            </Tabs.Tab>
          ))}
          {plan !== null && (
            <Tabs.Tab value="plan" className={classes.tab} leftSection={<ListTree size={13} aria-hidden />}>
              {plan.undone ? 'Plan, rolled back' : 'Plan'}
            </Tabs.Tab>
          )}
          <Tabs.Tab
            value="messages"
            className={classes.tab}
            data-failed={failed || undefined}
            leftSection={<MessageSquareText size={13} aria-hidden />}
          >
            Messages
          </Tabs.Tab>
        </Tabs.List>
        {run.results.map((result) => (
          <Tabs.Panel key={result.index} value={String(result.index)} className={classes.panel}>
            <ResultView result={result} />
          </Tabs.Panel>
        ))}
        {plan !== null && (
          <Tabs.Panel value="plan" className={classes.panel}>
            <PlanView text={plan.text} json={plan.json} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="messages" className={classes.panel}>
          <Messages run={run} goTo={goTo} />
        </Tabs.Panel>
      </Tabs>
      <OutcomeBar run={run} />
      <ExportDialog />
      <FilterDialog />
      <OfferDialog />
    </div>
  )
}

function countOf(result: Result): string {
  return result.known.toLocaleString('en') + (hasMore(result) ? '+' : '')
}
