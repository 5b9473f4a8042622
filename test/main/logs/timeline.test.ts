import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { TestDatabase } from '../../sql/tracked.ts'
import { busyLog, busyPrefix } from './busyLog.ts'
import { type Desk, openDesk } from './desk.ts'

describe('what the timeline tells of what was tracked', () => {
  let database: TestDatabase
  let desk: Desk
  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer())
    desk = await openDesk({ server: sharedServer(), database: database.name })
  })
  afterAll(async () => {
    await desk.close()
    await database.close()
  })

  it('is found in the history, whoever ran it', async () => {
    const client = await database.session()
    await client.query('create table by_hand ()')
    const { operation } = await desk.import(await desk.file('a.log', busyLog({ messages: 20 })), { prefix: busyPrefix })
    const { connection } = desk
    await desk.api.history.sync({ connection })
    const { entries } = await desk.api.logs.timeline({
      connection,
      from: new Date(Date.now() - 3_600_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
    })
    const own = entries.find(({ name }) => name === 'Import of a.log')
    const other = entries.find(({ source, tag }) => source === 'TRACKED' && tag === 'CREATE TABLE')
    expect(own?.execution).toBe(operation)
    expect(other?.execution).toMatch(/^[0-9a-f]{64}$/)
    for (const entry of [own, other]) {
      expect(await desk.api.history.get({ id: entry?.execution ?? '' })).toMatchObject({ id: entry?.execution })
    }
  })
})
