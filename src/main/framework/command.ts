import { InvalidArgumentError, Option } from 'commander'
import { Failure } from '../../core/fault.ts'
import { type Capability, type FrameworkSettings, failureModes, trackingModes } from '../../core/framework/contract.ts'
import {
  type AddCommands,
  printable,
  type ReasonOptions,
  type TargetOptions,
  table,
  withReasons,
  withTarget,
} from '../terminal.ts'
import { addSealCommands } from './sealCommand.ts'

interface SettingsOptions extends TargetOptions, ReasonOptions {
  onFailure?: (typeof failureModes)[number]
  tracking?: (typeof trackingModes)[number]
  monthsAhead?: number
}

/** `pgsteward framework status|install|upgrade|settings|health|export|uninstall`, and those of the seals */
export const addFrameworkCommands: AddCommands = (program, terminal) => {
  const framework = program.command('framework').description('the tracking framework in a database')

  withTarget(framework.command('status'))
    .description('what is installed, what would be done, and what this role may not do')
    .action(async (options: TargetOptions) => {
      const { connection } = await terminal.open(options)
      const status = await terminal.api.framework.status({ connection: connection.id })
      terminal.print(options, status, [
        `tracking: ${status.state}`,
        `installed: ${status.installedVersion ?? 'nothing'}, bundled: ${status.bundledVersion}`,
        ...(status.plan.refusal === null ? [] : [`refused: ${status.plan.refusal}`]),
        ...status.plan.warnings.map((warning) => `warning: ${warning}`),
        ...status.plan.steps.map((step) => `to do: ${step.kind} ${step.name}`),
        ...capabilityLines(status.capabilities),
      ])
    })

  const install = async (options: TargetOptions & ReasonOptions, connection: string) => {
    const { ticket, justification } = options
    const report = await terminal.api.framework.install(
      { connection, ticket, justification },
      {
        signal: terminal.signal,
        onEvent: ({ step, steps, name }) => terminal.say(`${step}/${steps} ${name}`),
      },
    )
    terminal.print(options, report, [
      report.steps === 0
        ? `Nothing to do: version ${report.version} is installed.`
        : `Installed version ${report.version}: ${report.steps} steps in ${Math.round(report.durationMs)} ms.`,
      ...capabilityLines(report.capabilities),
    ])
  }

  withReasons(withTarget(framework.command('install')))
    .description('install it, or bring it up to date, in one transaction')
    .action(async (options: TargetOptions & ReasonOptions) => {
      const { connection } = await terminal.open(options)
      await install(options, connection.id)
    })

  withReasons(withTarget(framework.command('upgrade')))
    .description('bring what is installed up to date; the plan is what status lists')
    .action(async (options: TargetOptions & ReasonOptions) => {
      const { connection } = await terminal.open(options)
      const { installedVersion, plan } = await terminal.api.framework.status({ connection: connection.id })
      // Who upgrades a database by the wrong URL shall not find it tracked.
      if (installedVersion === null && plan.refusal === null) {
        throw new Failure({
          code: 'refused',
          message: 'The framework is not installed here: there is nothing to upgrade.',
          hint: 'pgsteward framework install',
        })
      }
      for (const { kind, name } of plan.steps) terminal.say(`to do: ${kind} ${name}`)
      await install(options, connection.id)
    })

  withReasons(withTarget(framework.command('settings')))
    .description('how it is set in this database; with an option, changes that')
    .addOption(new Option('--on-failure <what>', 'DDL that cannot be recorded: warn, or undo it').choices(failureModes))
    .addOption(
      new Option('--tracking <mode>', 'record DDL: off, on, always (replica sessions too)').choices(trackingModes),
    )
    .option('--months-ahead <count>', 'have the ledger’s months ready so far', parseMonths)
    .action(async (options: SettingsOptions) => {
      const { connection } = await terminal.open(options)
      const { onFailure, tracking, monthsAhead, ticket, justification } = options
      const isChange = [onFailure, tracking, monthsAhead].some((wanted) => wanted !== undefined)
      const at = { connection: connection.id }
      const settings = isChange
        ? await terminal.api.framework.change(
            { ...at, onFailure, tracking, monthsAhead, ticket, justification },
            { signal: terminal.signal },
          )
        : await terminal.api.framework.settings(at)
      terminal.print(options, settings, settingLines(settings))
    })

  withTarget(framework.command('health'))
    .description('what the framework finds of itself; exit code 1 where something is critical')
    .action(async (options: TargetOptions) => {
      const { connection } = await terminal.open(options)
      const { checks } = await terminal.api.framework.health({ connection: connection.id })
      terminal.print(options, { checks }, [
        ...table(
          ['status', 'check', 'value', 'what it means'],
          checks.map(({ status, name, value, message }) => [status, name, value, message]),
        ),
        ...checks.flatMap(({ name, remedy }) => (remedy === null ? [] : [printable(`to do: ${name}: ${remedy}`)])),
      ])
      if (checks.some(({ status }) => status === 'critical')) terminal.fail()
    })

  withReasons(withTarget(framework.command('export')))
    .description('write the whole trail to a new file; nothing changes in the database')
    .option('--to <file>', 'where to; a file in the data folder when absent')
    .action(async ({ to, ticket, justification, ...options }: TargetOptions & ReasonOptions & { to?: string }) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.exportTrail(
        { connection: connection.id, exportTo: to, ticket, justification },
        { signal: terminal.signal },
      )
      terminal.print(options, report, [`The trail (${report.executions} executions) is in ${report.exportedTo}`])
    })

  withReasons(withTarget(framework.command('uninstall')))
    .description('export the trail, then remove what was installed and nothing else')
    .requiredOption('--confirm <database>', 'the name of the database, as a confirmation')
    .option('--export <file>', 'where the trail is written first')
    .action(async (options: TargetOptions & ReasonOptions & { confirm: string; export?: string }) => {
      const { connection } = await terminal.open(options)
      const { confirm, export: exportTo, ticket, justification } = options
      const report = await terminal.api.framework.uninstall(
        { connection: connection.id, confirm, exportTo, ticket, justification },
        { signal: terminal.signal },
      )
      terminal.print(options, report, [
        `Removed. The trail (${report.executions} executions) is in ${report.exportedTo}`,
      ])
    })

  addSealCommands(framework, terminal)
}

function capabilityLines(capabilities: Capability[]): string[] {
  return capabilities.flatMap(({ name, available, reason }) =>
    reason === null ? [] : [`${available ? 'note' : 'missing'}: ${name}: ${reason}`],
  )
}

function settingLines({ onFailure, tracking, monthsAhead }: FrameworkSettings): string[] {
  const lines: [name: string, value: string, refusal: string | null][] = [
    ['on failure', `${onFailure.value} (${onFailure.source})`, onFailure.refusal],
    ['tracking', tracking.value, tracking.refusal],
    ['months ahead', String(monthsAhead.value), monthsAhead.refusal],
  ]
  return lines.flatMap(([name, value, refusal]) => [
    `${name}: ${value}`,
    ...(refusal === null ? [] : [printable(`  ${refusal}`)]),
  ])
}

function parseMonths(text: string): number {
  const months = Number(text)
  if (!Number.isInteger(months) || months < 0 || months > 60)
    throw new InvalidArgumentError('a whole number from 0 to 60')
  return months
}
