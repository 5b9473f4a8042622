const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

interface WhenProps {
  /** ISO 8601, UTC. */
  at: string
  /** Leave the date away when it is today's. */
  short?: boolean
}

/** A moment on this machine's clock; the exact one in UTC on hover. */
export function When({ at, short = false }: WhenProps) {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return <span>{at}</span>
  const isToday = date.toDateString() === new Date().toDateString()
  return (
    <time dateTime={at} title={`${at.replace('T', ' ').replace(/(Z|\+00:?00)$/, '')} UTC · shown in ${zone}`}>
      {short && isToday ? clock.format(date) : whole.format(date)}
    </time>
  )
}
