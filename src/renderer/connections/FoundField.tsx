import { Select } from '@mantine/core'
import { useConnectionForm } from './form.ts'

/** Offers what `pg_service.conf` and the environment name; nothing where they name nothing. */
export function FoundField() {
  const places = useConnectionForm((form) => form.found?.places ?? none)
  const take = useConnectionForm((form) => form.takePlace)
  if (places.length === 0) return null
  return (
    <Select
      label="Known on this machine"
      placeholder="Fill in from a service of pg_service.conf, or the environment"
      value={null}
      data={places.map(({ service, from }, index) => ({
        value: String(index),
        label: service === null ? 'The environment (PGHOST, PGUSER …)' : `Service ${service}, in ${from}`,
      }))}
      onChange={(value) => {
        const place = value === null ? undefined : places[Number(value)]
        if (place !== undefined) take(place)
      }}
    />
  )
}

const none: readonly never[] = []
