import { Stack } from '@mantine/core'
import { useEffect } from 'react'
import { Dialog } from '../ui/Dialog.tsx'
import { Facts } from '../ui/Facts.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { When } from '../ui/When.tsx'
import classes from './Dialogs.module.css'
import { useHistory } from './store.ts'

/** Of which databases others' operations are known, up to when, and what is missing. */
export function SourcesDialog({ onClose }: { onClose: () => void }) {
  const sources = useHistory((state) => state.sources)
  const survey = useHistory((state) => state.survey)
  useEffect(() => void survey(), [survey])
  return (
    <Dialog opened onClose={onClose} title="Where the history comes from" size={620}>
      <Stack gap="md">
        <p className={classes.text}>
          What runs here is recorded here. What others do, and the DDL that the event triggers see, is taken from each
          database with the framework: while it is connected, every minute. It stays readable without the server.
        </p>
        {sources.length === 0 && (
          <p className={classes.quiet}>
            No server has been read yet. Connect to a database with the framework, and synchronise.
          </p>
        )}
        {sources.map((source) => (
          <section key={source.identity} className={classes.source} aria-label={source.connection}>
            <h3 className={classes.heading}>
              <ShownText text={`${source.connection} (${source.database})`} />
            </h3>
            <Facts
              facts={[
                ['Identity', source.identity],
                ['Asked', <When key="asked" at={source.askedAt} />],
                ['Read', source.readAt === null ? 'Never in full' : <When key="read" at={source.readAt} />],
                ['Up to', source.readTo === null ? 'Nothing was recorded there' : <When key="to" at={source.readTo} />],
              ]}
            />
            {source.limits.map((limit) => (
              <p key={limit} className={classes.limit}>
                <ShownText text={limit} />
              </p>
            ))}
            {source.fault !== null && <FaultPanel title="It could not be read the last time" fault={source.fault} />}
          </section>
        ))}
      </Stack>
    </Dialog>
  )
}
