import { spawn } from 'node:child_process'

/**
 * Opens `url` in the system's browser. It outlives this process.
 *
 * @param onFailure told why, where no browser could be started
 */
export function openInBrowser(url: string, onFailure: (reason: string) => void): void {
  const [program, ...args] = commandFor(process.platform, url)
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', (error) => onFailure(error.message))
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) onFailure(`${program} ended with code ${code}`)
  })
  child.unref()
}

/** No shell reads the URL: on Windows it is the system's own handler of links that takes it. */
export function commandFor(platform: NodeJS.Platform, url: string): [string, ...string[]] {
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler', url]
  return platform === 'darwin' ? ['open', url] : ['xdg-open', url]
}
