import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { program } from './binaries.ts'
import { type Programs, spawnOptions } from './programs.ts'

interface Watched extends Programs {
  dataFolder: string
  /** Removed once the server has stopped. */
  temporary: string | null
  /** What `markFile` in the cluster holds as long as the server there is ours. */
  mark: string
}

/** A file in the cluster that tells whose server it is, of those that follow one another there. */
export const markFile = 'pgsteward.mark'

// cat ends when the last holder of the pipe's other end is gone. The server may be just starting then. With
// another mark in the folder, the server in it is somebody else's, who came after us.
const watchdogScript = `cat
for attempt in 1 2 3 4 5; do
  if [ "$(cat "$2/${markFile}")" = "$4" ]; then "$0" stop -w -m "$1" -D "$2" && break; fi
  sleep 1
done
if [ -n "$3" ]; then rm -rf "$3"; fi`

/**
 * A process of its own that waits for the end of a pipe whose other end is ours: the system closes it
 * however we die, and then the server is stopped. On Windows, where there is no shell for it, a server
 * outlives a killed process.
 */
export function watchOver(cluster: Watched): { kill(): void } {
  if (process.platform === 'win32') return { kill: () => {} }
  const mode = cluster.temporary === null ? 'fast' : 'immediate'
  const pgCtl = join(cluster.binaries, 'bin', program('pg_ctl'))
  const child = spawn(
    '/bin/sh',
    ['-c', watchdogScript, pgCtl, mode, cluster.dataFolder, cluster.temporary ?? '', cluster.mark],
    // Detached: Ctrl-C in the terminal goes to the whole group, and this one has to outlive us.
    { ...spawnOptions(cluster.account), stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  )
  child.unref()
  unreference(child)
  // Without a watchdog the server still works; a process that ends in order stops it itself.
  child.on('error', () => {})
  return { kill: () => void child.kill('SIGKILL') }
}

/** The pipe to the watchdog must not keep us from ending. */
function unreference(child: ChildProcess): void {
  const pipe: unknown = child.stdin
  if (typeof pipe === 'object' && pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}
