import type { Fault } from '../../../core/fault.ts'
import type { LogEnough, LogUpload } from '../../../core/logs/contract.ts'
import type { HeldFile } from './files.ts'

/**
 * Sends a file of the window's for one call, each time that main asks for it, until main has enough of it or the call is
 * aborted. What main made of it, the call itself tells.
 *
 * @param onUnsent told when the browser cannot read the file any more: main waits for it in vain
 */
export function sendingOf(held: HeldFile | null, until: AbortSignal, onUnsent: (fault: Fault) => void) {
  const underWay = new Map<string, AbortController>()

  async function send(held: HeldFile, { url, bytes }: LogUpload): Promise<void> {
    const own = new AbortController()
    underWay.set(url, own)
    const signal = AbortSignal.any([until, own.signal])
    let { file } = held
    try {
      if (held.again !== undefined) file = await held.again()
      await fetch(url, { method: 'POST', body: bytes === null ? file : file.slice(0, bytes), signal })
    } catch {
      // Where it can be read, it is main that cannot be reached: the call tells.
      if (!signal.aborted && !(await isReadable(file))) onUnsent(unsent(file.name))
    } finally {
      underWay.delete(url)
    }
  }

  return (event: LogUpload | LogEnough): void => {
    if (event.kind === 'enough') underWay.get(event.url)?.abort()
    else if (held !== null) void send(held, event)
  }
}

/** A browser reads nothing of a file that has changed since it was chosen. */
async function isReadable(file: File): Promise<boolean> {
  return await file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    )
}

function unsent(name: string): Fault {
  return {
    code: 'unavailable',
    message: `The file ${name} cannot be read any more: it was changed, moved or deleted after it was chosen.`,
    hint: 'Choose it again; what was imported of it stays. A log that the server is still writing is dropped on the window, read “From the server”, or imported by pgsteward logs import.',
  }
}
