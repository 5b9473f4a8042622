import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')

const beginning = `
  import { z } from 'zod'
  import { call } from './call.ts'
  import { type Client, connect, memoryWires, serve } from './wire.ts'
  const contract = {
    care: {
      list: call(z.strictObject({ limit: z.int().default(10) })).returns<string[]>(),
      watch: call(z.strictObject({})).emits<{ n: number }>().returns<null>(),
    },
  }
  const [near, far] = memoryWires()
  export const api: Client<typeof contract> = connect(near, contract)
  export const supply = (services: Parameters<typeof serve<typeof contract>>[2]): void => serve(far, contract, services)
`

/** Each is the end of a file of its own; null where the compiler has nothing to say against it. */
const cases: Record<string, { code: string; complaint: string | null }> = {
  'services that keep to the contract': {
    code: `supply({
      care: {
        list: ({ limit }) => ['x'.repeat(limit)],
        watch: async (_input, { emit }) => { emit({ n: 1 }); return null },
      },
    })`,
    complaint: null,
  },
  'calls that keep to the contract': {
    code: `
      export const lines: Promise<string[]> = api.care.list({})
      export const watched: Promise<null> = api.care.watch({}, { onEvent: ({ n }) => n.toFixed() })`,
    complaint: null,
  },
  'a call without its service': {
    code: 'supply({ care: { list: () => [] } })',
    complaint: "Property 'watch' is missing",
  },
  'a slice without its services': { code: 'supply({})', complaint: "Property 'care' is missing" },
  'a service that answers something else': {
    code: 'supply({ care: { list: () => [1], watch: () => null } })',
    complaint: "Type 'number' is not assignable to type 'string'",
  },
  'an event of another shape': {
    code: 'supply({ care: { list: () => [], watch: (_input, { emit }) => { emit({ m: 1 }); return null } } })',
    complaint: "'m' does not exist in type '{ n: number; }'",
  },
  'an event from a call that has none': {
    code: 'supply({ care: { list: (_input, { emit }) => { emit(1); return [] }, watch: () => null } })',
    complaint: "'1' is not assignable to parameter of type 'never'",
  },
  'a wrong input': {
    code: "void api.care.list({ limit: 'ten' })",
    complaint: "Type 'string' is not assignable to type 'number'",
  },
  'a name outside the contract': {
    code: 'void api.care.delete({})',
    complaint: "Property 'delete' does not exist",
  },
  'an answer taken for something else': {
    code: 'export const lines: Promise<number> = api.care.list({})',
    complaint: "Type 'string[]' is not assignable to type 'number'",
  },
}

/** What the compiler says of each case, read as a file beside the contract with the core's own settings. */
function compile(): Map<string, string[]> {
  const files = new Map(
    Object.entries(cases).map(([name, { code }], index) => [
      join(root, `src/core/case${index}.ts`),
      { name, source: `${beginning}\n${code}` },
    ]),
  )
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'src/core/tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
      },
    },
  )
  if (config === undefined) throw new Error('The settings of the core were not found.')
  const host = ts.createCompilerHost(config.options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (file) => files.has(file) || fileExists(file)
  host.readFile = (file) => files.get(file)?.source ?? readFile(file)
  host.getSourceFile = (file, options) => {
    const source = files.get(file)?.source
    return source === undefined ? getSourceFile(file, options) : ts.createSourceFile(file, source, options)
  }
  const program = ts.createProgram([...files.keys(), join(root, 'src/core/globals.d.ts')], config.options, host)
  const complaints = new Map(Object.keys(cases).map((name): [string, string[]] => [name, []]))
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = files.get(file?.fileName ?? '')?.name
    const text = ts.flattenDiagnosticMessageText(messageText, '\n')
    if (name === undefined) throw new Error(`The ground of the cases does not compile: ${text}`)
    complaints.get(name)?.push(text)
  }
  return complaints
}

describe('the contract, as the compiler sees it', () => {
  let complaints: Map<string, string[]>
  beforeAll(() => {
    complaints = compile()
  })

  it.each(Object.entries(cases))('%s', (name, { complaint }) => {
    expect(complaints.get(name)).toEqual(complaint === null ? [] : [expect.stringContaining(complaint)])
  })
})

describe('what carries the wire', () => {
  // A call that is added needs no change here: these files know no contract, so they can name none of its calls.
  it.each([
    'preload/index.ts',
    'renderer/wire.ts',
    'main/door/ipcWire.ts',
    'main/door/socketWire.ts',
    'main/door/loopback.ts',
    'main/door/desktop.ts',
    'core/wire.ts',
  ])('%s knows no call of the product', (file) => {
    const imported = ts.preProcessFile(readFileSync(join(root, 'src', file), 'utf8')).importedFiles
    expect(imported.map(({ fileName }) => fileName).filter((name) => name.endsWith('contract.ts'))).toEqual([])
  })

  it('the preload script stays a page long', () => {
    expect(readFileSync(join(root, 'src/preload/index.ts'), 'utf8').split('\n').length).toBeLessThan(20)
  })
})
