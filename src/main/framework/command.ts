import type { Capability } from '../../core/framework/contract.ts'
import { type AddCommands, type TargetOptions, withTarget } from '../terminal.ts'

/** `pgsteward framework status|install|uninstall` */
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

  withTarget(framework.command('install'))
    .description('install or upgrade it, in one transaction')
    .action(async (options: TargetOptions) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.install(
        { connection: connection.id },
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
    })

  withTarget(framework.command('uninstall'))
    .description('export the trail, then remove what was installed and nothing else')
    .requiredOption('--confirm <database>', 'the name of the database, as a confirmation')
    .option('--export <file>', 'where the trail is written first')
    .action(async (options: TargetOptions & { confirm: string; export?: string }) => {
      const { connection } = await terminal.open(options)
      const report = await terminal.api.framework.uninstall(
        { connection: connection.id, confirm: options.confirm, exportTo: options.export },
        { signal: terminal.signal },
      )
      terminal.print(options, report, [
        `Removed. The trail (${report.executions} executions) is in ${report.exportedTo}`,
      ])
    })
}

function capabilityLines(capabilities: Capability[]): string[] {
  return capabilities.filter(({ available }) => !available).map(({ name, reason }) => `missing: ${name}: ${reason}`)
}
