import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { quoteName } from '../../src/core/quote.ts'
import { majors, sharedServer } from '../ground/shared.ts'
import { supportedTags, taggedCommands, testedElsewhere } from './commandTags.ts'
import { onlyValue, refusalOf, rowsOf, TestDatabase } from './tracked.ts'

it('has a case for every tag that event triggers are fired for', () => {
  const tested = new Set([...taggedCommands.map(({ tag }) => tag), ...testedElsewhere])
  expect(supportedTags.filter((tag) => !tested.has(tag))).toEqual([])
  expect([...tested].filter((tag) => !supportedTags.includes(tag))).toEqual([])
})

/** Each command of the table leaves one row, with its tag, its statement and its objects. */
describe.each(majors())('every command tag on PostgreSQL %i', (major) => {
  let database: TestDatabase
  let client: pg.Client
  let before: unknown
  let nobody: string

  const recordedSince = () =>
    rowsOf(
      client,
      `select command_tag as tag, status, content, metadata, object_identity as named, row_hash = script_tracking.row_digest(l) as hashed,
         case
           when objects is not null then array(
             select concat_ws(' ', o ->> 'action', o ->> 'type', o ->> 'identity') from jsonb_array_elements(objects) o)
           when object_action is not null then array[concat_ws(' ', object_action, object_type, object_identity)]
           else '{}'
         end as objects
       from script_tracking.ledger l where version_number > $1 order by version_number`,
      [before],
    )

  beforeAll(async () => {
    database = await TestDatabase.tracked(sharedServer(major))
    client = await database.session()
    nobody = await database.role('nobody_tags')
    await client.query('select lo_create(4242)')
  })
  afterAll(async () => {
    await database.close()
  })

  const known = taggedCommands.filter(({ since }) => since === undefined || major >= since)
  it.each(known)('$sql', async ({ tag, sql, objects, metadata, content }) => {
    before = await onlyValue(client, 'select coalesce(max(version_number), 0) from script_tracking.ledger')
    // The commands of the table are the same in each database; roles are not.
    const command = sql.replace('nobody_tags', quoteName(nobody))
    await client.query(command)
    const [row, ...more] = await recordedSince()
    expect(more).toEqual([])
    expect(row).toMatchObject({ tag, status: 'C', content: content ?? command, hashed: true })
    expect(row?.['metadata']).toEqual(metadata ?? null)
    // Up to 15 a transform was called so.
    const recorded = z
      .array(z.string())
      .parse(row?.['objects'])
      .map((each) => each.replace('integer on language', 'integer language'))
    // What falls with an object differs among majors: rules of views up to 15, triggers from 13 on.
    const isWhole = !tag.startsWith('DROP ') && tag !== 'CREATE EXTENSION'
    const known = major >= 15 ? objects.length : 1
    expect(isWhole ? recorded : recorded.slice(0, known)).toEqual(isWhole ? objects : objects.slice(0, known))
  })

  it('IMPORT FOREIGN SCHEMA', async () => {
    const url = new URL(sharedServer(major).url(database.name))
    await client.query(`create extension postgres_fdw; create schema near; create schema far; create table far.away (a int);
      create server loop foreign data wrapper postgres_fdw options (host '${url.hostname}', port '${url.port}', dbname '${database.name}');
      create user mapping for current_user server loop options (user '${url.username}', password '${url.password}')`)
    before = await onlyValue(client, 'select max(version_number) from script_tracking.ledger')
    await client.query('import foreign schema far from server loop into near')
    expect(await recordedSince()).toMatchObject([
      {
        tag: 'IMPORT FOREIGN SCHEMA',
        content: 'import foreign schema far from server loop into near',
        named: 'near.away',
        // The options of its column are set by a command of their own.
        objects: ['C foreign table near.away', 'M foreign table near.away'],
      },
    ])
  })

  it('SECURITY LABEL without a provider is refused, and leaves nothing', async () => {
    before = await onlyValue(client, 'select max(version_number) from script_tracking.ledger')
    expect((await refusalOf(client, `security label on schema public is 'secret'`)).message).toMatch(/provider/)
    expect(await recordedSince()).toEqual([])
  })

  it('left no error behind', async () => {
    expect(await rowsOf(client, 'select * from script_tracking.tracking_error')).toEqual([])
  })
})
