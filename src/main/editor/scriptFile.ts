import { readFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Failure } from '../../core/fault.ts'

/**
 * Reads a script, `-` from standard input. A byte order mark before it is left out.
 *
 * @throws Failure `not_found` for a file that cannot be read; `invalid_input` for one that is not in UTF-8: to guess
 * would be to write wrong letters into the database
 */
export async function readScriptFile(file: string, signal: AbortSignal): Promise<string> {
  const bytes = await readBytes(file, signal)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const name = file === '-' ? 'The script' : `The script ${file}`
    const message = `${name} is not in UTF-8. Nothing was run.`
    const hint = 'Convert it first: iconv -f LATIN1 -t UTF-8, or -f UTF-16.'
    throw new Failure({ code: 'invalid_input', message, hint }, { cause })
  }
}

async function readBytes(file: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(addAbortSignal(signal, process.stdin)) : await readFile(file, { signal })
  } catch (cause) {
    if (signal.aborted) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Failure({ code: 'not_found', message: `The script ${file} cannot be read: ${reason}` }, { cause })
  }
}
