import { spawn } from 'node:child_process'
import { ownEnvironment, root } from './node.js'

const minute = 60_000

/**
 * Runs a tool to its end. It gets a process group of its own, so that at the time limit, or when we are
 * ended, it ends with everything that it has started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ minutes?: number, env?: NodeJS.ProcessEnv, quiet?: boolean, cwd?: string }} [options]
 *   quiet: gather what it prints instead of showing it
 * @returns {Promise<{ ok: boolean, output: string, problem: string }>} problem: empty, or why it is not ok
 */
export function run(command, args, options = {}) {
  const { minutes = 10, env = ownEnvironment(), quiet = false, cwd = root } = options
  return new Promise((resolve) => {
    const posix = process.platform !== 'win32'
    const stdio = /** @type {const} */ (['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'])
    const child = spawn(command, args, { stdio: [...stdio], env, cwd, detached: posix })
    let output = ''
    let problem = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    const end = (/** @type {NodeJS.Signals} */ signal) => {
      if (child.pid === undefined) return
      try {
        if (posix) process.kill(-child.pid, signal)
        else child.kill(signal)
      } catch {
        // The group has ended meanwhile.
      }
    }
    const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
      problem = `was stopped by ${signal}`
      end(signal)
    }
    const soft = setTimeout(() => {
      problem = `took longer than ${minutes} minutes`
      end('SIGTERM')
    }, minutes * minute)
    const hard = setTimeout(() => end('SIGKILL'), (minutes + 1) * minute)
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, onSignal)
    const settle = (/** @type {string} */ reason) => {
      clearTimeout(soft)
      clearTimeout(hard)
      for (const signal of signals) process.off(signal, onSignal)
      resolve({ ok: reason === '', output, problem: reason })
      // Whoever interrupts us wants the whole to end, not the next step to begin.
      if (problem.startsWith('was stopped')) process.exit(130)
    }
    child.on('error', (error) => settle(`could not be started: ${error.message}`))
    child.on('close', (code, signal) => {
      settle(problem || (code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}
