import { cleanup, configure, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { vi } from 'vitest'
import { App } from '../../src/renderer/App.tsx'
import { watchConnections } from '../../src/renderer/session/session.ts'
import { openWindow, type Parts, type Window } from './window.ts'

/** What a browser has, jsdom lacks, and the component library asks for. None of it draws anything. */
function fillIn(): void {
  vi.stubGlobal('matchMedia', (media: string) => ({
    media,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
  }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  )
  HTMLElement.prototype.scrollIntoView = () => undefined
}

// Views are loaded when they are first shown, and the machine may be busy.
configure({ asyncUtilTimeout: 15_000 })

export interface Page extends Window {
  readonly user: ReturnType<typeof userEvent.setup>
}

const pages: Page[] = []

/** Draws the whole window in jsdom over the services of a test. */
export function openPage(parts: Parts): Page {
  fillIn()
  const window = openWindow(parts)
  void watchConnections(window.session.scopes.window().api, window.session)
  render(<App session={window.session} />)
  const page = { ...window, user: userEvent.setup() }
  pages.push(page)
  return page
}

/** Takes every page away again, and closes its wire. */
export function closePages(): void {
  cleanup()
  for (const page of pages.splice(0)) page.close()
  vi.unstubAllGlobals()
}

export { screen }
