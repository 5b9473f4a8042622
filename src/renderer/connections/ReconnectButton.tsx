import { Button } from '@mantine/core'
import { Plug } from 'lucide-react'
import { useConnections } from './store.ts'

/** Connects a closed connection again. */
export function ReconnectButton({ connection }: { connection: string }) {
  const open = useConnections((state) => state.open)
  const busy = useConnections((state) => state.opening.has(connection))
  return (
    <Button leftSection={<Plug size={15} aria-hidden />} loading={busy} onClick={() => void open(connection)}>
      Connect
    </Button>
  )
}
