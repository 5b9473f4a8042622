import { expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { openStation } from './station.ts'

const server = sharedServer()

it('a run that asks for names first leaves the last results as they are, also their rows at the server', async () => {
  const database = await server.createDatabase()
  const station = await openStation({ server, database, settings: { kind: 'production' } })
  try {
    await station.run('create table kept (n int)')
    const { results } = await station.run('select n from generate_series(1, 3000) n')
    const result = results[0]?.result ?? ''
    await expect(station.run('drop table kept')).rejects.toMatchObject({ fault: { code: 'confirmation_required' } })
    expect(await station.api.editor.rows({ result, from: 2_999, count: 1 })).toMatchObject({ rows: [['3000']] })
    // What is confirmed takes their place.
    const { outcome } = await station.run('drop table kept', { confirmed: ['kept'] })
    expect(outcome).toMatchObject({ status: 'COMPLETED', failure: null })
    await expect(station.api.editor.rows({ result, from: 0, count: 1 })).rejects.toMatchObject({
      fault: { code: 'not_found' },
    })
  } finally {
    await station.close()
    await server.dropDatabase(database)
  }
})
