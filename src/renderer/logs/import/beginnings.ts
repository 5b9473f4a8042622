import { type Fault, toFault } from '../../../core/fault.ts'
import { isUnderWay } from './item.ts'
import { sendingOf } from './sending.ts'
import type { Wizard } from './wizard.ts'

/** Beginnings that are read at a time. */
const lookingAtOnce = 2

interface Beginnings {
  /** Has them read in their turn. */
  lookAt(ids: readonly number[]): void
  /** Reads the beginning once more. The answer to what was set last is the one that is shown. */
  reread(id: number): Promise<void>
  /** The answer to what was set is not wanted any more. */
  forget(id: number): void
}

/**
 * Reads the beginnings of logs: what they are, and how they are read.
 *
 * @param openTarget the connection that they go to, while it is open
 */
export function beginningsOf(
  { scope: { api, signal }, origins, running, itemOf, change }: Wizard,
  openTarget: () => string | undefined,
): Beginnings {
  const rereadings = new Map<number, AbortController>()
  const toLookAt: number[] = []
  let looking = 0

  function lookOn(): void {
    while (looking < lookingAtOnce) {
      const id = toLookAt.shift()
      if (id === undefined) return
      looking += 1
      void look(id).finally(() => {
        looking -= 1
        lookOn()
      })
    }
  }

  /** Reads the beginning of a log. */
  async function look(id: number): Promise<void> {
    const origin = origins.get(id)
    const item = itemOf(id)
    if (origin === undefined || item === undefined || isUnderWay(item)) return
    const own = new AbortController()
    running.set(id, own)
    let unsent: Fault | null = null
    const answer = sendingOf(origin.held, AbortSignal.any([signal, own.signal]), (fault) => {
      unsent = fault
      own.abort()
    })
    const connection = openTarget()
    const { format, prefix, timeZone } = item.readAs
    try {
      const detection = await api.logs.detect(
        {
          source: origin.source,
          ...(connection === undefined ? {} : { connection }),
          ...(format === null ? {} : { format }),
          ...(prefix === null ? {} : { prefix }),
          timeZone,
        },
        { signal: AbortSignal.any([signal, own.signal]), onEvent: answer },
      )
      // Looked at once more for another target, it may have been begun with meanwhile: it goes on.
      const state = itemOf(id)?.state === 'looking' ? 'ready' : itemOf(id)?.state
      if (state !== undefined) change(id, { state, detection, reading: detection, readingFault: null, fault: null })
    } catch (thrown) {
      if (signal.aborted || (own.signal.aborted && unsent === null)) return
      const fault = unsent ?? toFault(thrown)
      // One that was read before stays what it is: what failed is to look at it once more.
      if (item.detection === null) change(id, { state: 'refused', fault })
      else change(id, { readingFault: fault })
    } finally {
      own.abort() // What is still being sent is not wanted any more.
      if (running.get(id) === own) running.delete(id)
    }
  }

  async function reread(id: number): Promise<void> {
    const item = itemOf(id)
    if (item?.detection == null || isUnderWay(item)) return
    rereadings.get(id)?.abort()
    const own = new AbortController()
    rereadings.set(id, own)
    change(id, { rereading: true, accepted: false })
    const { format, prefix, timeZone } = item.readAs
    try {
      const reading = await api.logs.preview(
        {
          sample: item.detection.sample,
          ...(format === null ? {} : { format }),
          ...(prefix === null ? {} : { prefix }),
          timeZone,
        },
        { signal: AbortSignal.any([signal, own.signal]) },
      )
      if (rereadings.get(id) === own) change(id, { reading, readingFault: null })
    } catch (thrown) {
      if (rereadings.get(id) !== own || signal.aborted) return
      const fault = toFault(thrown)
      // Main keeps the beginnings of a few logs: this one is sent again.
      if (fault.code === 'not_found') await look(id)
      else change(id, { readingFault: fault })
    } finally {
      if (rereadings.get(id) === own) {
        rereadings.delete(id)
        change(id, { rereading: false })
      }
    }
  }

  return {
    lookAt: (ids) => {
      toLookAt.push(...ids)
      lookOn()
    },
    reread,
    forget: (id) => rereadings.get(id)?.abort(),
  }
}
