import type { AppRequest } from './desktopCalls.ts'
import { contentSecurityPolicy, readPage } from './pages.ts'
import { type Uploads, uploadPrefix } from './uploads.ts'

export const appScheme = 'app'
export const appUrl = `${appScheme}://pgsteward/`

/** `true` for what `start` hands out: same scheme, same host, same port. */
export function isWithin(start: string, url: string): boolean {
  const [ours, theirs] = [new URL(start), URL.canParse(url) ? new URL(url) : null]
  return theirs !== null && theirs.protocol === ours.protocol && theirs.host === ours.host
}

/** Answers the window's own protocol with the files of `folder` and nothing else, and takes the files that are waited for. */
export async function answerApp(folder: string, request: AppRequest, uploads?: Uploads): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method === 'POST' && isWithin(appUrl, request.url) && uploads && pathname.startsWith(uploadPrefix)) {
    // The body of an empty file is none.
    const isWanted = await uploads.take(pathname, request.body ?? new Blob([]).stream())
    return new Response(null, { status: isWanted ? 200 : 204 })
  }
  if (request.method !== 'GET' || !isWithin(appUrl, request.url)) return new Response(null, { status: 403 })
  const page = await readPage(folder, pathname)
  if (page === null) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(page.body), {
    headers: {
      'Content-Type': page.type,
      'Content-Security-Policy': contentSecurityPolicy(),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
    },
  })
}
