import type { MenuEntry } from './desktopCalls.ts'

const line: MenuEntry = { type: 'separator' }

/**
 * The application's menu. Roles bring the system's own words and keys. None closes the window by Ctrl+W: in a
 * window with tabs that key is theirs.
 */
export function menuFor(platform: NodeJS.Platform, isPackaged: boolean): MenuEntry[] {
  const forDevelopers: MenuEntry[] = isPackaged ? [] : [{ role: 'reload' }, { role: 'toggleDevTools' }, line]
  const first: MenuEntry =
    platform === 'darwin'
      ? {
          label: 'pgSteward',
          submenu: [
            { role: 'about' },
            line,
            { role: 'services' },
            line,
            { role: 'hide' },
            { role: 'hideOthers' },
            { role: 'unhide' },
            line,
            { role: 'quit' },
          ],
        }
      : { label: '&File', submenu: [{ role: 'quit' }] }
  return [
    first,
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        line,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        ...forDevelopers,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        line,
        { role: 'togglefullscreen' },
      ],
    },
    { label: '&Window', submenu: [{ role: 'minimize' }, { role: 'zoom' }] },
  ]
}
