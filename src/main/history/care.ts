import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import type { PrunePlan, Retention } from '../../core/history/contract.ts'
import type { Cache } from '../cache/open.ts'

const dayMs = 86_400_000

/** Operations that one transaction deletes: the window waits for it. */
const deletedAtOnce = 200

const countRow = z.object({ count: z.int() })
const spanRow = z.object({ count: z.int(), first: z.string().nullable(), last: z.string().nullable() })
const retentionRow = z.object({ days: z.int().nullable(), megabytes: z.int().nullable() })
const pageRow = z.object({ position: z.int() })

/** What is never deleted by age or size: what somebody cares for, what a server has to be told, what runs. */
const isCaredFor = `(
  exists (select 1 from operation_mark m where m.position = o.position and (m.kept = 1 or m.note <> ''))
  or exists (select 1 from operation_tag t where t.position = o.position))`
const isWaiting = `(
  o.instance is not null
  or exists (select 1 from operation_state s where s.operation = o.id and s.recorded = 'waiting'))`

interface Marks {
  kept?: boolean | undefined
  tags?: readonly string[] | undefined
  note?: string | undefined
}

/** What a person says of operations, and for how long they are held. */
export function createCare(cache: Cache) {
  const { db } = cache
  const positionOf = cache.query('select position from operation where id = ?', pageRow)
  const setKept = db.prepare(
    'insert into operation_mark (position, kept) values (?, ?) on conflict (position) do update set kept = excluded.kept',
  )
  const setNote = db.prepare(
    'insert into operation_mark (position, note) values (?, ?) on conflict (position) do update set note = excluded.note',
  )
  const removeTags = db.prepare('delete from operation_tag where position = ?')
  const addTag = db.prepare('insert or ignore into operation_tag (position, tag) values (?, ?)')
  const readRetention = cache.query('select days, megabytes from retention where id = 1', retentionRow)
  const writeRetention = db.prepare('update retention set days = :days, megabytes = :megabytes where id = 1')
  const countAll = cache.query('select count(*) as count from operation', countRow)
  const positionAt = cache.query('select position from operation order by position limit 1 offset ?', pageRow)
  const span = cache.query(
    `select count(*) as count, min(started_at) as first, max(started_at) as last from operation o
     where o.position < ? and not ${isCaredFor} and not ${isWaiting}`,
    spanRow,
  )
  const countCaredFor = cache.query(
    `select count(*) as count from operation o where o.position < ? and ${isCaredFor}`,
    countRow,
  )
  const countWaiting = cache.query(
    `select count(*) as count from operation o where o.position < ? and ${isWaiting} and not ${isCaredFor}`,
    countRow,
  )
  const page = cache.query(
    `select o.position from operation o
     where o.position > :after and o.position < :before and not ${isCaredFor} and not ${isWaiting}
     order by o.position limit ${deletedAtOnce}`,
    pageRow,
  )
  const remove = db.prepare('delete from operation where position = ?')

  /** What the file needs for what is in it; room that was freed is used again and does not count. */
  function bytes(): number {
    const pragma = (name: string): number => z.int().parse(db.pragma(name, { simple: true }))
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  }

  /** All before this position are too old, or more than there is room for. */
  function limitOf({ days, megabytes }: Retention): number {
    const byAge = days === null ? Number.MIN_SAFE_INTEGER : (Date.now() - days * dayMs) * 1000
    return Math.max(byAge, megabytes === null ? byAge : limitBySize(megabytes))
  }

  /** What is held costs about the same each: with so many of the oldest gone, the rest fits. */
  function limitBySize(megabytes: number): number {
    const held = bytes()
    const count = countAll.get()?.count ?? 0
    const tooMany = Math.ceil(count * (1 - (megabytes * 2 ** 20) / Math.max(1, held)))
    if (tooMany <= 0) return Number.MIN_SAFE_INTEGER
    return positionAt.get(tooMany)?.position ?? Number.MAX_SAFE_INTEGER
  }

  function plan(retention: Retention): PrunePlan {
    const before = limitOf(retention)
    const { count, first, last } = span.get(before) ?? { count: 0, first: null, last: null }
    return {
      operations: count,
      from: first,
      to: last,
      kept: countCaredFor.get(before)?.count ?? 0,
      waiting: countWaiting.get(before)?.count ?? 0,
    }
  }

  /** Deletes what is beyond the retention, some at a time: others come to their turn in between. */
  async function prune(signal: AbortSignal, onDeleted: (deleted: number) => void): Promise<number> {
    const before = limitOf(retention())
    let deleted = 0
    for (let after = Number.MIN_SAFE_INTEGER; !signal.aborted; ) {
      const some = cache.transaction(() => {
        const positions = page.all({ after, before })
        for (const { position } of positions) remove.run(position)
        return positions
      })
      const last = some.at(-1)
      if (last === undefined) break
      after = last.position
      deleted += some.length
      onDeleted(deleted)
      await turn()
    }
    return deleted
  }

  function retention(): Retention {
    return readRetention.get() ?? { days: null, megabytes: null }
  }

  return {
    retention,
    plan,
    prune,
    setRetention: (wanted: Retention): void => void writeRetention.run(wanted),
    size: (): { bytes: number; operations: number } => ({ bytes: bytes(), operations: countAll.get()?.count ?? 0 }),

    mark: (id: string, { kept, tags, note }: Marks): void => {
      cache.transaction(() => {
        const position = positionOf.get(id)?.position
        if (position === undefined) {
          throw new Failure({ code: 'not_found', message: 'This operation is not in the history of this machine.' })
        }
        if (kept !== undefined) setKept.run(position, kept ? 1 : 0)
        if (note !== undefined) setNote.run(position, note)
        if (tags === undefined) return
        removeTags.run(position)
        for (const tag of tags) addTag.run(position, tag.toWellFormed())
      })
    },
  }
}

export type Care = ReturnType<typeof createCare>
