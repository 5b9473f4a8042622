import { describe, expect, it } from 'vitest'
import { whyNoWindow } from '../../scripts/electron.js'

describe('whether a session can show a window', () => {
  it.each([
    ['Linux with X11', { platform: 'linux', uid: 1000, env: { DISPLAY: ':0' } }, null],
    ['Linux with Wayland', { platform: 'linux', uid: 1000, env: { WAYLAND_DISPLAY: 'wayland-0' } }, null],
    ['Linux without a display', { platform: 'linux', uid: 1000, env: {} }, /no display/],
    ['root on Linux', { platform: 'linux', uid: 0, env: { DISPLAY: ':0' } }, /root/],
    ['macOS', { platform: 'darwin', uid: 501, env: {} }, null],
    ['Windows', { platform: 'win32', uid: undefined, env: {} }, null],
  ])('%s', (_, session, reason) => {
    if (reason === null) expect(whyNoWindow(session)).toBeNull()
    else expect(whyNoWindow(session)).toMatch(reason)
  })
})
