import { Button, Group, NumberInput, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { type Fault, toFault } from '../../core/fault.ts'
import type { PrunePlan, Retention } from '../../core/history/contract.ts'
import { countText } from '../ui/amounts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { When } from '../ui/When.tsx'
import classes from './Dialogs.module.css'
import { useHistory } from './store.ts'

interface Held {
  readonly bytes: number
  readonly operations: number
}

/** For how long and up to which size operations are held. What that deletes is said before it is done. */
export function RetentionDialog({ onClose }: { onClose: () => void }) {
  const { readRetention, planPrune, retain } = useHistory(
    useShallow(({ readRetention, planPrune, retain }) => ({ readRetention, planPrune, retain })),
  )
  const [held, setHeld] = useState<Held | null>(null)
  const [days, setDays] = useState<number | string>('')
  const [megabytes, setMegabytes] = useState<number | string>('')
  const [plan, setPlan] = useState<PrunePlan | null>(null)
  const [deleted, setDeleted] = useState<number | null>(null)
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState(false)
  const [fault, setFault] = useState<Fault | null>(null)

  useEffect(() => {
    readRetention().then(
      ({ retention, bytes, operations }) => {
        setHeld({ bytes, operations })
        setDays(retention.days ?? '')
        setMegabytes(retention.megabytes ?? '')
      },
      (thrown: unknown) => setFault(toFault(thrown)),
    )
  }, [readRetention])

  const wanted: Retention = {
    days: typeof days === 'number' ? days : null,
    megabytes: typeof megabytes === 'number' ? megabytes : null,
  }
  const doing = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setFault(null)
    try {
      await work()
    } catch (thrown) {
      setFault(toFault(thrown))
    } finally {
      setBusy(false)
    }
  }
  const look = () => doing(async () => setPlan(await planPrune(wanted)))
  const apply = () =>
    doing(async () => {
      setDeleted(await retain(wanted, setDeleted))
      setHeld(await readRetention())
      setDone(true)
    })
  const change = (set: (value: number | string) => void) => (value: number | string) => {
    set(value)
    setPlan(null)
    setDone(false)
  }

  return (
    <Dialog opened onClose={onClose} title="How long the history is held" size={520}>
      <Stack gap="md">
        <p className={classes.text}>
          {held === null
            ? 'Measuring…'
            : `This machine holds ${countText(held.operations, 'operation')} in ${sizeText(held.bytes)}.`}{' '}
          What a server recorded stays there, whatever is deleted here.
        </p>
        <NumberInput
          label="Delete after (days)"
          placeholder="Never"
          min={1}
          max={36_500}
          allowDecimal={false}
          value={days}
          onChange={change(setDays)}
          data-autofocus
        />
        <NumberInput
          label="Delete the oldest above (MB)"
          placeholder="No limit"
          min={10}
          max={1_000_000}
          allowDecimal={false}
          value={megabytes}
          onChange={change(setMegabytes)}
        />
        <p className={classes.quiet}>
          Never deleted: what is kept, tagged or has a note, what waits to be sent to a server, and what runs.
        </p>
        {plan !== null && <Plan plan={plan} deleted={deleted} done={done} />}
        {fault !== null && <FaultPanel fault={fault} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {done ? 'Close' : 'Cancel'}
          </Button>
          {plan === null ? (
            <Button loading={busy} disabled={held === null} onClick={() => void look()}>
              What would that delete?
            </Button>
          ) : (
            <Button
              color={plan.operations > 0 ? 'red' : 'patina'}
              loading={busy}
              disabled={done}
              onClick={() => void apply()}
            >
              {plan.operations > 0 ? `Delete ${countText(plan.operations, 'operation')}, and save` : 'Save'}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}

function Plan({ plan, deleted, done }: { plan: PrunePlan; deleted: number | null; done: boolean }) {
  return (
    <div className={classes.plan} role="status">
      {done ? (
        `Saved. ${countText(deleted ?? 0, 'operation')} deleted.`
      ) : (
        <>
          {plan.operations === 0 ? (
            'That deletes nothing now.'
          ) : (
            <>
              That deletes {countText(plan.operations, 'operation')} now
              {plan.from !== null && plan.to !== null && (
                <>
                  , from <When at={plan.from} /> to <When at={plan.to} />
                </>
              )}
              .
            </>
          )}{' '}
          {plan.kept > 0 && `${countText(plan.kept, 'older one')} kept, tagged or with a note stay. `}
          {plan.waiting > 0 && `${countText(plan.waiting, 'older one')} that wait to be sent or still run stay. `}
          {deleted !== null && `${deleted.toLocaleString('en')} deleted so far…`}
        </>
      )}
    </div>
  )
}

/** @example sizeText(1500000) // 1.4 MB */
function sizeText(bytes: number): string {
  return `${(bytes / 2 ** 20).toLocaleString('en', { maximumFractionDigits: 1 })} MB`
}
