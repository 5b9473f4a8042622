import { Stack, Text } from '@mantine/core'
import { mostArrangedRows } from '../../core/editor/arrange.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { SqlText } from '../ui/SqlText.tsx'
import { useEditor } from './store.ts'

/** Asks whether a large result is to be put in order by the server, and shows what would be run. */
export function OfferDialog() {
  const offered = useEditor((state) => state.offered)
  const accept = useEditor((state) => state.acceptOffer)
  const refuse = useEditor((state) => state.refuseOffer)
  return (
    <Dialog opened={offered !== null} onClose={refuse} title="Run the query again in this order?" size={620}>
      {offered !== null && (
        <Stack gap="sm">
          <Text size="sm">
            {offered.why === 'rows'
              ? `The result has more than ${mostArrangedRows.toLocaleString('en')} rows: the server puts it in order.`
              : 'The dates or intervals of the result are in a style of the session, in which only the server can put them in order.'}{' '}
            The query is run again, with the same parameters, as an operation of its own. It replaces this result, and
            its rows may have changed meanwhile. Texts are compared by the server’s collation.
          </Text>
          <SqlText sql={offered.sql} label="The query that would be run" />
          <DialogButtons
            label="Run again"
            cancelLabel="Leave it"
            focus="submit"
            onCancel={refuse}
            onConfirm={() => void accept()}
          />
        </Stack>
      )}
    </Dialog>
  )
}
