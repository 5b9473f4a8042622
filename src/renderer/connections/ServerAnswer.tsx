import { Loader } from '@mantine/core'
import { CircleCheck, Stethoscope } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ServerReport } from '../../core/connection.ts'
import { Facts } from '../ui/Facts.tsx'
import { When } from '../ui/When.tsx'
import classes from './ServerAnswer.module.css'

/** What the server said of itself when the connection was tested. */
export function ServerAnswer({ report, busy }: { report: ServerReport | null; busy: boolean }) {
  if (busy) {
    return (
      <Quiet>
        <Loader size={16} aria-hidden /> Asking the server…
      </Quiet>
    )
  }
  if (report === null) {
    return (
      <Quiet>
        <Stethoscope size={16} aria-hidden /> Test shows here what the server answers, before anything is saved.
      </Quiet>
    )
  }
  return (
    <section className={classes.answer} aria-label="The server’s answer">
      <h2 className={classes.title}>
        <CircleCheck size={16} aria-hidden />
        Connected in {Math.round(report.connectMs)} ms
      </h2>
      <Facts facts={reportFacts(report)} />
    </section>
  )
}

function Quiet({ children }: { children: ReactNode }) {
  return <p className={classes.quiet}>{children}</p>
}

/** The report, line by line, for a person. */
export function reportFacts(report: ServerReport): [string, ReactNode][] {
  const { ssl } = report
  return [
    ['Server', report.version],
    ['Database', report.database],
    ['User', `${report.user}${report.superuser ? ' (superuser)' : ''}`],
    ['Encryption', ssl === null ? 'none' : `${ssl.version}, ${ssl.cipher}`],
    ['Writes', report.readOnly ? 'refused: a standby, or read-only' : 'allowed'],
    ['Encoding', report.encoding],
    ['Time zone', report.timeZone],
    ['Running since', <When key="started" at={report.startedAt} />],
  ]
}
