import { describe, expect, it } from 'vitest'
import { keepReasons, readReasons } from '../../../src/renderer/editor/reasons.ts'
import { memoryStorage } from '../window.ts'

describe('reasons', () => {
  it('are remembered for each connection, until they are emptied', () => {
    const storage = memoryStorage()
    keepReasons(storage, 'clinic', { ticket: 'OPS-1', justification: 'because' })
    expect(readReasons(storage, 'clinic')).toEqual({ ticket: 'OPS-1', justification: 'because' })
    expect(readReasons(storage, 'other')).toEqual({ ticket: '', justification: '' })
    keepReasons(storage, 'clinic', { ticket: '', justification: '' })
    expect(storage.length).toBe(0)
  })

  it('pass over what is none of theirs', () => {
    const storage = memoryStorage()
    storage.setItem('pgsteward.reasons.a', '{"ticket":1}')
    storage.setItem('pgsteward.reasons.b', 'no json')
    expect(readReasons(storage, 'a')).toEqual({ ticket: '', justification: '' })
    expect(readReasons(storage, 'b')).toEqual({ ticket: '', justification: '' })
  })

  it('are let go where the storage is full', () => {
    const storage = memoryStorage(10)
    keepReasons(storage, 'clinic', { ticket: 'OPS-1', justification: 'because' })
    expect(readReasons(storage, 'clinic')).toEqual({ ticket: '', justification: '' })
  })
})
