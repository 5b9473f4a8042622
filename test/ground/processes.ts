import { existsSync, readFileSync } from 'node:fs'

/** Whether there is such a process. One that has ended, but that its parent has not asked about yet, does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const isLinux = existsSync('/proc/self/stat')
    return !isLinux || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // No such process.
    return false
  }
}
