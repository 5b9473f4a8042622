import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bounds } from './desktopCalls.ts'

const windowState = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(400),
  height: z.int().min(300),
  maximized: z.boolean(),
})
export type WindowState = z.output<typeof windowState>

const fileIn = (folder: string): string => join(folder, 'window.json')

/** Where the window was when it closed, or null: the first time, or where its place is on no screen now. */
export function readWindowState(folder: string, screens: readonly Bounds[]): WindowState | null {
  let state: WindowState
  try {
    state = windowState.parse(JSON.parse(readFileSync(fileIn(folder), 'utf8')))
  } catch {
    return null // Absent or spoilt: the window opens where the system puts it, and the next close writes it anew.
  }
  return screens.some((screen) => overlap(state, screen)) ? state : null
}

export function writeWindowState(folder: string, state: WindowState): void {
  writeFileSync(fileIn(folder), JSON.stringify(state), { mode: 0o600 })
}

/** Enough of the window is on the screen to take hold of it. */
function overlap(window: Bounds, screen: Bounds): boolean {
  const width = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x)
  const height = Math.min(window.y + window.height, screen.y + screen.height) - Math.max(window.y, screen.y)
  return width >= 100 && height >= 100
}
