import { describe, expect, it } from 'vitest'
import {
  draftsOf,
  dropDraft,
  keepDraft,
  keepReasons,
  readDraft,
  readReasons,
} from '../../../src/renderer/editor/drafts.ts'
import { memoryStorage } from '../window.ts'

const draft = (id: string, change: object = {}) => ({
  id,
  connection: 'clinic',
  sql: `select '${id}'`,
  begun: '2026-01-01T00:00:00.000Z',
  ...change,
})

describe('drafts', () => {
  it('come back in the order in which they were begun, each connection’s own', () => {
    const storage = memoryStorage()
    keepDraft(storage, draft('b', { begun: '2026-01-02' }))
    keepDraft(storage, draft('a', { begun: '2026-01-01' }))
    keepDraft(storage, draft('c', { connection: 'other' }))
    expect(draftsOf(storage, 'clinic').map(({ id }) => id)).toEqual(['a', 'b'])
    expect(readDraft(storage, 'c')?.sql).toBe("select 'c'")
    dropDraft(storage, 'a')
    expect(draftsOf(storage, 'clinic').map(({ id }) => id)).toEqual(['b'])
  })

  it('are not kept when they are empty', () => {
    const storage = memoryStorage()
    keepDraft(storage, draft('a'))
    expect(keepDraft(storage, draft('a', { sql: ' \n' }))).toBe(true)
    expect(draftsOf(storage, 'clinic')).toEqual([])
  })

  it('say when they are too long, and when the storage is full', () => {
    expect(keepDraft(memoryStorage(), draft('a', { sql: 'x'.repeat(1_000_001) }))).toBe(false)
    expect(keepDraft(memoryStorage(100), draft('a', { sql: 'x'.repeat(200) }))).toBe(false)
  })

  it('pass over what is none of theirs', () => {
    const storage = memoryStorage()
    storage.setItem('pgsteward.draft.x', '{"id":1}')
    storage.setItem('pgsteward.draft.y', 'no json')
    storage.setItem('someone.else', '{}')
    expect(draftsOf(storage, 'clinic')).toEqual([])
  })
})

describe('reasons', () => {
  it('are remembered for each connection, until they are emptied', () => {
    const storage = memoryStorage()
    keepReasons(storage, 'clinic', { ticket: 'OPS-1', justification: 'because' })
    expect(readReasons(storage, 'clinic')).toEqual({ ticket: 'OPS-1', justification: 'because' })
    expect(readReasons(storage, 'other')).toEqual({ ticket: '', justification: '' })
    keepReasons(storage, 'clinic', { ticket: '', justification: '' })
    expect(storage.length).toBe(0)
  })
})
