import { readFile, realpath } from 'node:fs/promises'
import { extname, resolve, sep } from 'node:path'

/** A file of the window's, as a door hands it out. */
export interface Page {
  body: Buffer
  type: string
  /** Named after its content by the build: it can be kept for as long as one likes. */
  immutable: boolean
}

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.ttf', 'font/ttf'],
  ['.wasm', 'application/wasm'],
])

/**
 * Reads what `path`, the still encoded path of a URL, names within `folder`. Whatever is elsewhere, cannot be
 * decoded, or is of a kind that no window needs, is null like what does not exist.
 */
export async function readPage(folder: string, path: string): Promise<Page | null> {
  const segments = decodeSegments(path === '/' ? '/index.html' : path)
  if (segments === null) return null
  const type = types.get(extname(segments.at(-1) ?? ''))
  if (type === undefined) return null

  const root = await realpath(folder)
  try {
    // A link inside the folder must not lead out of it either, so it is the real path that counts.
    const file = await realpath(resolve(root, ...segments))
    if (!file.startsWith(root + sep)) return null
    return { body: await readFile(file), type, immutable: segments[0] === 'assets' }
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

/** Null for a path that could mean another folder to any system: dots, backslashes, colons, NUL. */
function decodeSegments(path: string): string[] | null {
  if (!path.startsWith('/')) return null
  try {
    const segments = decodeURIComponent(path).slice(1).split('/')
    return segments.every((segment) => /^[^\\:\0]+$/.test(segment) && !segment.startsWith('.')) ? segments : null
  } catch {
    return null // Malformed percent encoding names no file.
  }
}

function isAbsence(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENAMETOOLONG'
}

/**
 * What a document of ours may load and reach: its own files, and its wire. Styles may be inline, because the
 * editor and the component library write them at run time; scripts may not.
 *
 * @param wire the source of the WebSocket, where there is one
 */
export function contentSecurityPolicy(wire?: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${wire === undefined ? '' : ` ${wire}`}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
