import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sink } from '../../../src/main/host.ts'
import { type Server, startServer } from '../../ground/server.ts'
import { sharedServer } from '../../ground/shared.ts'
import { rowsOf, TestDatabase } from '../../sql/tracked.ts'
import { busyLog, busyPrefix } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

let server: Server
let database: TestDatabase
const log = busyLog({ messages: 200 })
const noSink: Sink = { write: async () => {}, commit: async () => {}, abort: async () => {} }

beforeAll(async () => {
  // Its settings are changed: it is nobody else's.
  server = await startServer({ major: sharedServer().major })
  database = await TestDatabase.tracked(server)
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

describe('a connection that demands reasons', () => {
  let desk: Desk
  let saves = 0
  beforeAll(async () => {
    const saveFile = () => {
      saves += 1
      return Promise.resolve({ file: 'logs.csv', url: null, open: () => Promise.resolve(noSink) })
    }
    const settings = { name: 'Ward', askReasons: 'require' } as const
    desk = await openDesk({ server, database: database.name, settings, host: { saveFile } })
  })
  afterAll(() => desk.close())

  const demanded = (verb: string) => ({
    fault: {
      code: 'reasons_required',
      message: `The connection Ward ${verb} nothing without a ticket and a justification. Nothing was done.`,
    },
  })
  const both = { ticket: 'OPS-7', justification: "it's slow; password=S3CRET" }
  const recorded = async (name: string) =>
    await rowsOf(
      await database.session(),
      `select related_ticket as ticket, business_justification as justification from script_tracking.script_execution_current where script_name = '${name}'`,
    )

  it('imports nothing without both, and records both', async () => {
    const path = await desk.file('a.log', log)
    for (const given of [{}, { ticket: 'OPS-7' }, { justification: 'why' }, { ticket: ' ', justification: ' ' }]) {
      await expect(desk.import(path, { prefix: busyPrefix, ...given })).rejects.toMatchObject(demanded('imports'))
    }
    expect(await desk.api.logs.files({ connection: desk.connection })).toEqual([])
    await desk.import(path, { prefix: busyPrefix, ...both })
    expect(await recorded('Import of a.log')).toEqual([{ ticket: 'OPS-7', justification: "it's slow; password=***" }])
  })

  it('exports nothing without both: nobody is asked for a file', async () => {
    const wanted = { connection: desk.connection, list: 'errors', format: { kind: 'csv' } } as const
    await expect(desk.api.logs.export(wanted)).rejects.toMatchObject(demanded('exports'))
    await expect(desk.api.logs.export({ ...wanted, ticket: 'OPS-7' })).rejects.toMatchObject(demanded('exports'))
    expect(saves).toBe(0)
    expect(await desk.api.logs.export({ ...wanted, ...both })).toMatchObject({ file: 'logs.csv' })
    expect(await recorded('Export of the errors of imported logs as CSV')).toMatchObject([{ ticket: 'OPS-7' }])
  })

  it('changes no setting without both', async () => {
    const wanted = { connection: desk.connection, names: ['log_temp_files'], confirmed: true as const }
    await expect(desk.api.logs.applySettings(wanted)).rejects.toMatchObject(demanded('changes'))
    const { settings } = await desk.api.logs.settings({ connection: desk.connection })
    expect(settings.find(({ name }) => name === 'log_temp_files')?.good).toBe(false)
    await desk.api.logs.applySettings({ ...wanted, ...both })
    expect(await recorded('Settings of the server log')).toEqual([
      { ticket: 'OPS-7', justification: "it's slow; password=***" },
    ])
  })
})

describe('a read-only connection', () => {
  let desk: Desk
  beforeAll(async () => {
    desk = await openDesk({ server, database: database.name, settings: { readOnly: true } })
  })
  afterAll(() => desk.close())

  it('imports nothing, and says what to do', async () => {
    const path = await desk.file('b.log', log)
    await expect(desk.import(path, { prefix: busyPrefix })).rejects.toMatchObject({
      fault: { code: 'refused', message: expect.stringContaining('read-only'), hint: expect.stringContaining('Open') },
    })
  })

  it('changes no setting, says so before somebody chooses one, and shows them all the same', async () => {
    const { problem, settings } = await desk.api.logs.settings({ connection: desk.connection })
    expect(problem).toContain('This connection is read-only')
    expect(settings.length).toBeGreaterThan(5)
    await expect(
      desk.api.logs.applySettings({ connection: desk.connection, names: ['log_lock_waits'], confirmed: true }),
    ).rejects.toMatchObject({ fault: { code: 'refused', message: problem } })
  })
})
