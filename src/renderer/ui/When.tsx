const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const precisely = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const
const thisYear = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', ...precisely })
const anyYear = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const clockPrecisely = new Intl.DateTimeFormat('en-GB', precisely)
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

interface WhenProps {
  /** ISO 8601, UTC. */
  at: string
  /** Leave the date away when it is today's. */
  short?: boolean
  /** With milliseconds, and without the year when it is this one. */
  precise?: boolean
}

/** A moment on this machine's clock; the exact one in UTC on hover. */
export function When({ at, short = false, precise = false }: WhenProps) {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return <span>{at}</span>
  return (
    <time dateTime={at} title={`${at.replace('T', ' ').replace(/(Z|\+00:?00)$/, '')} UTC · shown in ${zone}`}>
      {textOf(date, { short, precise })}
    </time>
  )
}

function textOf(date: Date, { short, precise }: { short: boolean; precise: boolean }): string {
  const now = new Date()
  if (precise) {
    if (date.getFullYear() === now.getFullYear()) return thisYear.format(date)
    return `${anyYear.format(date)}, ${clockPrecisely.format(date)}`
  }
  return short && date.toDateString() === now.toDateString() ? clock.format(date) : whole.format(date)
}
