import type { Command } from 'commander'
import type { CheckReport, SealFinding, SealVerdict } from '../../core/seal/contract.ts'
import {
  type OutputOptions,
  printable,
  type ReasonOptions,
  type TargetOptions,
  type Terminal,
  table,
  withOutput,
  withReasons,
  withTarget,
} from '../terminal.ts'

interface VerifyOptions extends TargetOptions, ReasonOptions {
  from?: string
  to?: string
}

/** `pgsteward framework seal|verify|seals|export-seals|check` */
export function addSealCommands(framework: Command, terminal: Terminal): void {
  withReasons(withTarget(framework.command('seal')))
    .description('seal what was recorded since the last seal')
    .action(async ({ ticket, justification, ...options }: TargetOptions & ReasonOptions) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.seal(
        { connection: connection.id, ticket, justification },
        { signal: terminal.signal },
      )
      const { rows, newest, findings } = report
      terminal.print(options, report, [
        newest === null
          ? 'Nothing is recorded yet.'
          : rows === 0
            ? `Nothing new since seal ${newest.number}.`
            : `Seal ${newest.number} of epoch ${newest.epoch} covers ${rows} rows. Its head: ${newest.head}`,
        ...findingLines(findings),
      ])
      if (isTampered(findings)) terminal.fail()
    })

  withReasons(withTarget(framework.command('verify')))
    .description('recompute seals and rows; exit code 1 where something is wrong')
    .option('--from <time>', 'the seals that were made from then on: 2026-01-01T00:00:00Z')
    .option('--to <time>', 'and until then')
    .action(async ({ from, to, ticket, justification, ...options }: VerifyOptions) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.verify(
        { connection: connection.id, from, to, ticket, justification },
        { signal: terminal.signal },
      )
      terminal.print(options, report, [...verdictLines(report.seals), ...findingLines(report.findings)])
      if (isTampered(report.findings) || report.seals.some(({ ok }) => ok === false)) terminal.fail()
    })

  withTarget(framework.command('seals'))
    .description('list the seals, newest first, and compare them with those that this machine has seen')
    .action(async (options: TargetOptions) => {
      const { connection } = await terminal.open(options)
      const list = await terminal.api.framework.seals({ connection: connection.id })
      terminal.print(options, list, [
        ...table(
          ['seal', 'epoch', 'at', 'by', 'rows', 'head'],
          list.seals.map(({ number, epoch, at, by, rows, head }) => [
            String(number),
            String(epoch),
            at,
            by,
            String(rows),
            head,
          ]),
        ),
        ...findingLines(list.findings),
      ])
      if (isTampered(list.findings)) terminal.fail()
    })

  withReasons(withTarget(framework.command('export-seals')))
    .description('write all seals to a new file that is signed with this machine’s key')
    .option('--to <file>', 'where to; a file in the data folder when absent')
    .action(async ({ to, ticket, justification, ...options }: TargetOptions & ReasonOptions & { to?: string }) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.exportSeals({
        connection: connection.id,
        exportTo: to,
        ticket,
        justification,
      })
      terminal.print(options, report, [
        `${report.seals} seals are in ${report.exportedTo}`,
        `Signed with the key ${report.signer}`,
      ])
    })

  withOutput(framework.command('check <file>'))
    .description(
      'check an exported trail or a file of seals, without any database; exit code 1 where something is wrong',
    )
    .option('--against <seals>', 'a signed file of seals that the trail must agree with')
    .action(async (file: string, { against, ...options }: OutputOptions & { against?: string }) => {
      const report = await terminal.api.framework.check({ file, against }, { signal: terminal.signal })
      terminal.print(options, report, checkLines(report))
      if (!report.ok) terminal.fail()
    })
}

function isTampered(findings: SealFinding[]): boolean {
  return findings.some(({ kind }) => kind === 'tampered')
}

function* findingLines(findings: SealFinding[]): Generator<string> {
  const [first] = findings
  if (first === undefined) return
  yield printable(`${first.kind}: ${first.message}`)
  if (findings.length > 1) yield `The same is so of ${findings.length - 1} other heads that this machine remembers.`
}

function* verdictLines(seals: SealVerdict[]): Generator<string> {
  const wrong = seals.filter(({ ok }) => ok !== true)
  const rows = seals.reduce((sum, seal) => sum + (seal.ok === true ? (seal.rows ?? 0) : 0), 0)
  for (const { number, ok, problem } of wrong)
    yield printable(`seal ${number}: ${ok === null ? 'not all here' : 'WRONG'}: ${problem ?? ''}`)
  yield `${seals.length - wrong.length} of ${seals.length} seals are right, over ${rows} rows.`
}

function* checkLines({ seals, rows, problems, signer }: CheckReport): Generator<string> {
  yield* verdictLines(seals)
  if (rows !== null) yield `${rows.all} rows in the file; ${rows.unsealed} of them are not sealed.`
  for (const problem of problems) yield printable(`WRONG: ${problem}`)
  if (signer !== null) yield `Signed with the key ${signer}`
}
