import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ownNode } from './node.js'
import { run } from './run.js'
import { tool } from './tool.js'

/** Without a GPU, without a sandbox of its own (containers forbid it), and without calls of its own. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Where a Chromium may be, the wanted one first.
 *
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} session
 * @returns {string[]}
 */
export function chromiumPlaces({ platform, env }) {
  const named = env['CHROMIUM_PATH'] ? [env['CHROMIUM_PATH']] : []
  if (platform === 'darwin') {
    return [
      ...named,
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ]
  }
  if (platform === 'win32') {
    const bases = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']].filter(
      (base) => base !== undefined,
    )
    return [...named, ...bases.map((base) => join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'))]
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = ['/usr/bin', '/usr/local/bin', '/snap/bin', ...(env['PATH'] ?? '').split(delimiter)]
  const places = names.flatMap((name) => folders.filter((folder) => folder !== '').map((folder) => join(folder, name)))
  return [...new Set([...named, ...places])]
}

/**
 * @param {readonly string[]} [places]
 * @returns {string | null}
 */
export function findChromium(places = chromiumPlaces({ platform: process.platform, env: process.env })) {
  return places.find(isExecutable) ?? null
}

/**
 * A Chromium for the tests: a found one, else Debian's when we are root there, else Playwright's own.
 *
 * @returns {Promise<{ path: string } | { reason: string }>} reason: one line, with what to do
 */
export async function obtainChromium() {
  const named = process.env['CHROMIUM_PATH']
  if (named && !isExecutable(named))
    return { reason: `CHROMIUM_PATH names ${named}, which is no program: correct or unset it.` }
  const found = findChromium() ?? (await playwrightsOwn())
  if (found !== null) return { path: found }

  if (process.getuid?.() === 0 && existsSync('/etc/debian_version') && findIn('apt-get') !== null) {
    console.log('Installing Chromium from Debian …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env, quiet: true, minutes: 5 })
    const packages = ['chromium', 'fonts-liberation']
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
      env,
      quiet: true,
      minutes: 10,
    })
    const installed = findChromium()
    if (installed !== null) return { path: installed }
  }

  console.log("Fetching Playwright's Chromium …")
  const fetched = await run(ownNode, [tool('@playwright/test', 'playwright'), 'install', 'chromium'], {
    quiet: true,
    minutes: 10,
  })
  const own = await playwrightsOwn()
  if (own !== null) return { path: own }
  const line =
    fetched.output
      .split('\n')
      .find((text) => /error/i.test(text))
      ?.trim() ?? fetched.problem
  return {
    reason: `No Chromium was found or could be had (${line}). Install one (Debian: apt-get install chromium) or name it in CHROMIUM_PATH.`,
  }
}

/** The Chromium that Playwright keeps in its cache, where it has one. */
async function playwrightsOwn() {
  const { chromium } = await import('@playwright/test')
  const path = chromium.executablePath()
  return isExecutable(path) ? path : null
}

/** @param {string} name */
function findIn(name) {
  return (
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  )
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us.
    return false
  }
}
