// What every entry needs before anything is installed: plain JavaScript for Node 20 and later, no package.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node that package.json brings with it. */
export const ownNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Whether this process runs under it. The system tells where a program really is, also where node_modules is a link. */
export const isOwnNode = () => existsSync(ownNode) && realpathSync(process.execPath) === realpathSync(ownNode)

/** The environment in which `node` and the tools are the project's own. */
export function ownEnvironment() {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter)
  return { ...process.env, PATH: path }
}

/**
 * Runs a script of the project under its own Node, with this process's terminal.
 *
 * @param {string} script path of the script
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code; 128 and more where a signal ended it
 */
export function runUnderOwnNode(script, args) {
  if (!existsSync(ownNode)) {
    console.error('pgSteward is not installed completely: run npm ci in its folder.')
    return Promise.resolve(1)
  }
  return runInTerminal(ownNode, [script, ...args], { holds: true })
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ holds?: boolean }} [options] holds: keep a channel to it, by whose end it learns that we were killed
 * @returns {Promise<number>}
 */
export function runInTerminal(command, args, { holds = false } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = /** @type {const} */ (['inherit', 'inherit', 'inherit'])
    const child = spawn(command, args, { stdio: holds ? [...stdio, 'ipc'] : [...stdio], env: ownEnvironment() })
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      // Ctrl+C in a terminal reaches the child by itself, and a second one would cut its orderly end short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    // Whoever started us was killed: it held a channel to us, as we do.
    const onAlone = () => child.kill('SIGTERM')
    process.on('disconnect', onAlone)
    process.channel?.unref()
    const settle = () => {
      process.off('disconnect', onAlone)
      for (const signal of signals) process.off(signal, forward)
    }
    child.on('error', (error) => {
      settle()
      reject(error)
    })
    child.on('exit', (code, signal) => {
      settle()
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 128))
    })
  })
}
