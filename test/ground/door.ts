import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The browser door in a process of its own. */
export interface DoorProcess {
  /** Lets a browser in. */
  readonly link: string
  readonly pid: number
  readonly dataFolder: string
  /** Ends it, as Ctrl+C in its terminal does. */
  close(): Promise<void>
  /** Kills it, as a crash does: with no time for a last word. */
  kill(): Promise<void>
}

/**
 * Starts a door that was built, on a folder that may hold what an earlier one has left. It ends with this process.
 *
 * @param environment what is different there from the environment of this process
 */
export async function startDoor(
  program: string,
  dataFolder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<DoorProcess> {
  const args = [program, '--no-open', '--until-input-ends', '--data-folder', dataFolder]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const link = await linkOf(child)
  return {
    link,
    pid: child.pid ?? 0,
    dataFolder,
    close: () => endProcess(child, 'SIGINT'),
    kill: () => endProcess(child, 'SIGKILL'),
  }
}

/** Ends a process that may have ended by itself. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function linkOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The door was started without its output.')
  for await (const line of createInterface(child.stdout)) {
    const link = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0]
    if (link === undefined) continue
    child.stdout.resume()
    return link
  }
  throw new Error('The door ended before it was open; its reason is above.')
}
