import { Button, Progress } from '@mantine/core'
import { FlaskConical } from 'lucide-react'
import { useShallow } from 'zustand/react/shallow'
import { ChoiceCard } from '../ui/ChoiceCard.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { useDemo } from './store.ts'
import classes from './TryIt.module.css'

/** The quickest way in: a PostgreSQL of its own with the sample clinic, in one click. */
export function TryIt() {
  const { progress, fault, start, cancel } = useDemo(useShallow((state) => state))
  return (
    <ChoiceCard
      icon={FlaskConical}
      title="Try it with the sample clinic"
      action={
        progress === null ? (
          <Button onClick={() => void start()}>Start the sample clinic</Button>
        ) : (
          <Button variant="default" onClick={cancel}>
            Stop
          </Button>
        )
      }
    >
      {progress === null ? (
        <p>
          A real PostgreSQL 18 on this machine, with the database of a clinic and its web shop, and tracking installed.
          Nothing else is touched.
        </p>
      ) : (
        <div className={classes.progress} aria-live="polite">
          <div className={classes.step}>{progress.step}</div>
          <Progress value={progress.share * 100} aria-label="Starting the sample clinic" />
        </div>
      )}
      {fault !== null && <FaultPanel fault={fault} title="The sample clinic could not be started" />}
    </ChoiceCard>
  )
}
