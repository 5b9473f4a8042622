import { Button, Table } from '@mantine/core'
import { CircleAlert, CircleCheck, FileDown, type LucideIcon, ShieldCheck, Stamp, TriangleAlert } from 'lucide-react'
import type { KnownSeal, SealFinding, SealVerdict, VerifyReport } from '../../core/seal/contract.ts'
import { countText } from '../ui/amounts.ts'
import { CopyText } from '../ui/CopyText.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { Name } from '../ui/Name.tsx'
import { StatusBadge, type Tone } from '../ui/StatusBadge.tsx'
import { When } from '../ui/When.tsx'
import { ReasonedButton } from './ReasonsDialog.tsx'
import classes from './Seals.module.css'
import { useFramework } from './store.ts'
import layout from './View.module.css'

/** The chain of seals: making the next one, having all of them recomputed, and taking their heads elsewhere. */
export function Seals() {
  const list = useFramework((state) => state.seals)
  const fault = useFramework((state) => state.sealsFault)
  const verified = useFramework((state) => state.verified)
  if (fault !== null) return <FaultPanel fault={fault} title="The seals could not be read" />
  if (list === null) return null
  const findings = verified?.findings ?? list.findings
  return (
    <section className={layout.section} aria-label="Seals">
      <p className={layout.lead}>
        A seal covers what was recorded since the one before it. What is sealed, and whose seal is exported, nobody can
        change unseen, a superuser included. What is recorded after the newest seal is not protected yet.
      </p>
      <Tools isEmpty={list.seals.length === 0} />
      <Outcome />
      {findings.map((finding) => (
        <Finding key={finding.number} finding={finding} />
      ))}
      {verified !== null && <Verdict report={verified} />}
      {list.seals.length === 0 ? (
        <p className={layout.lead}>Nothing has been sealed here yet.</p>
      ) : (
        <SealTable seals={list.seals} verdicts={verified?.seals ?? []} />
      )}
    </section>
  )
}

function Tools({ isEmpty }: { isEmpty: boolean }) {
  const seal = useFramework((state) => state.seal)
  const verify = useFramework((state) => state.verify)
  const exportSeals = useFramework((state) => state.exportSeals)
  const busy = useFramework((state) => state.busy)
  const others = (own: typeof busy) => busy !== null && busy !== own
  return (
    <div className={classes.tools}>
      <ReasonedButton
        leftSection={<Stamp size={15} aria-hidden />}
        loading={busy === 'seal'}
        disabled={others('seal')}
        dialog={{ title: 'Seal the trail?', confirmLabel: 'Seal', danger: false }}
        what="What was recorded since the newest seal is sealed. The sealing is recorded in this machine’s history."
        onConfirm={() => void seal()}
      >
        Seal now
      </ReasonedButton>
      <Button
        variant="default"
        leftSection={<ShieldCheck size={15} aria-hidden />}
        loading={busy === 'verify'}
        disabled={isEmpty || others('verify')}
        onClick={() => void verify()}
      >
        Verify all
      </Button>
      <ReasonedButton
        variant="default"
        leftSection={<FileDown size={15} aria-hidden />}
        loading={busy === 'exportSeals'}
        disabled={isEmpty || others('exportSeals')}
        dialog={{ title: 'Export the seals?', confirmLabel: 'Export', danger: false }}
        what="All seals are written to a signed file on this machine. The export is recorded in its history."
        onConfirm={() => void exportSeals()}
      >
        Export the seals
      </ReasonedButton>
    </div>
  )
}

/** What the last press of a button did. */
function Outcome() {
  const sealed = useFramework((state) => state.sealed)
  const exported = useFramework((state) => state.exportedSeals)
  if (exported !== null) {
    return (
      <p className={layout.outcome} role="status">
        {countText(exported.seals, 'seal')} in <code>{exported.exportedTo}</code>, signed with the key{' '}
        <code>{exported.signer}</code>. Keep it where the database’s administrators cannot reach it.
      </p>
    )
  }
  if (sealed === null) return null
  return (
    <p className={layout.outcome} role="status">
      {sealed.rows === 0 || sealed.newest === null
        ? 'Nothing was recorded since the newest seal.'
        : `Seal ${sealed.newest.number} covers ${countText(sealed.rows, 'row')}.`}
    </p>
  )
}

function Finding({ finding: { kind, message } }: { finding: SealFinding }) {
  const Icon = kind === 'tampered' ? CircleAlert : TriangleAlert
  return (
    <p className={classes.finding} data-kind={kind} role="alert">
      <Icon size={16} aria-hidden />
      {message}
    </p>
  )
}

function Verdict({ report: { seals } }: { report: VerifyReport }) {
  const wrong = seals.filter(({ ok }) => ok === false)
  const Icon: LucideIcon = wrong.length === 0 ? CircleCheck : CircleAlert
  return (
    <div className={classes.verdict} data-wrong={wrong.length > 0 || undefined} role="status" aria-label="Verdict">
      <Icon size={18} aria-hidden />
      <div>
        <strong>
          {wrong.length === 0
            ? rightText(seals)
            : `${wrong.length} of ${countText(seals.length, 'seal')} ${wrong.length === 1 ? 'is' : 'are'} wrong`}
        </strong>
        {wrong.map(({ number, wrongVersion, problem }) => (
          <div key={number}>
            Seal {number}
            {wrongVersion !== null && `, state ${wrongVersion}`}: {problem}
          </div>
        ))}
      </div>
    </div>
  )
}

/** What is in an archive elsewhere was not recomputed, and is not called right. */
function rightText(seals: readonly SealVerdict[]): string {
  const right = seals.filter(({ ok }) => ok === true)
  const rows = `${countText(
    right.reduce((sum, seal) => sum + (seal.rows ?? 0), 0),
    'row',
  )} as they were recorded`
  if (right.length < seals.length) {
    return `${right.length} of ${countText(seals.length, 'seal')} recomputed, ${rows}; the others are in an archive`
  }
  return seals.length === 1 ? `The seal is right: ${rows}` : `All ${countText(seals.length, 'seal')} are right: ${rows}`
}

function SealTable({ seals, verdicts }: { seals: readonly KnownSeal[]; verdicts: readonly SealVerdict[] }) {
  const verdictOf = new Map(verdicts.map((verdict) => [verdict.number, verdict]))
  return (
    <div className={classes.frame}>
      <Table className={classes.table} verticalSpacing={5} horizontalSpacing="sm" borderColor="var(--line-soft)">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes.number}>Seal</Table.Th>
            <Table.Th className={classes.number}>Epoch</Table.Th>
            <Table.Th>Sealed</Table.Th>
            <Table.Th>By</Table.Th>
            <Table.Th className={classes.number}>Rows</Table.Th>
            <Table.Th>Head</Table.Th>
            <Table.Th>Verified</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seals.map(({ number, epoch, at, by, rows, head }) => (
            <Table.Tr key={number}>
              <Table.Td className={classes.number}>{number.toLocaleString('en')}</Table.Td>
              <Table.Td className={classes.number}>{epoch}</Table.Td>
              <Table.Td className={classes.time}>
                <When at={at} />
              </Table.Td>
              <Table.Td>
                <Name>{by}</Name>
              </Table.Td>
              <Table.Td className={classes.number}>{rows.toLocaleString('en')}</Table.Td>
              <Table.Td title={head}>
                <span className={classes.hash}>
                  {head.slice(0, 12)}…
                  <CopyText text={head} label={`Copy the head of seal ${number}`} />
                </span>
              </Table.Td>
              <Table.Td>
                <Verified verdict={verdictOf.get(number)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

function Verified({ verdict }: { verdict: SealVerdict | undefined }) {
  if (verdict === undefined) return <span className={classes.unknown}>not yet</span>
  const [tone, word]: [Tone, string] =
    verdict.ok === null ? ['info', 'In an archive'] : verdict.ok ? ['good', 'Right'] : ['bad', 'Wrong']
  return <StatusBadge tone={tone}>{word}</StatusBadge>
}
