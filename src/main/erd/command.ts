import { resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import type { ModelExport } from '../../core/erd/contract.ts'
import { type ModelFormat, modelFormats } from '../../core/erd/format.ts'
import { Failure } from '../../core/fault.ts'
import { type AddCommands, printable, type TargetOptions, withTarget } from '../terminal.ts'

interface ErdOptions extends TargetOptions {
  out: string
  format: ModelFormat
  schema?: string[]
  table?: string
  depth?: number
}

/** `pgsteward erd` */
export const addErdCommand: AddCommands = (program, terminal) => {
  withTarget(program.command('erd'))
    .description('write the tables of a database, with their keys and all that they are made of, to a file')
    .requiredOption('--out <file>', 'the file, which is replaced when all is written; - is standard output')
    .addOption(
      new Option('--format <format>', 'sql makes them again in a new database; dbml and mermaid are for diagrams')
        .choices(modelFormats)
        .default('sql'),
    )
    .option('--schema <schema...>', 'these schemas alone (default: all but those that pgSteward installs)')
    .option('--table <table>', 'this table or view and what is around it: visit, or care.visit')
    .option('--depth <count>', 'how many foreign keys away from --table others may be (default: 1)', depthOf)
    .action(async (options: ErdOptions) => {
      const { out, format, schema, table, depth } = options
      if (depth !== undefined && table === undefined) {
        throw new Failure({
          code: 'invalid_input',
          message: 'The depth is counted from a table: name it with --table.',
        })
      }
      const { connection } = await terminal.open(options)
      const outcome = await terminal.api.erd.export(
        {
          connection: connection.id,
          format,
          schemas: schema ?? [],
          table: table ?? null,
          depth: depth ?? 1,
          path: out === '-' ? '-' : resolve(out),
        },
        { signal: terminal.signal },
      )
      if (outcome === null) throw new Failure({ code: 'cancelled', message: 'Nothing was written.' })
      const lines = [...outcome.remarks, summary(outcome)].map(printable)
      // The file has standard output for itself.
      if (out === '-') for (const line of lines) terminal.say(line)
      else terminal.print(options, outcome, lines)
    })
}

function depthOf(text: string): number {
  const depth = Number(text)
  if (!/^\d+$/.test(text) || depth > 100) throw new InvalidArgumentError('a whole number from 0 to 100')
  return depth
}

function summary({ file, bytes, durationMs, tables, views, foreignKeys }: ModelExport): string {
  const count = (number: number, one: string) => `${number.toLocaleString('en')} ${one}${number === 1 ? '' : 's'}`
  return (
    `${count(tables, 'table')}, ${count(views, 'view')}, ${count(foreignKeys, 'foreign key')}: ` +
    `${bytes.toLocaleString('en')} bytes to ${file} in ${Math.round(durationMs)} ms`
  )
}
