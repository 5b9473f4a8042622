import classes from './Keys.module.css'

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

const names: Readonly<Record<string, string>> = {
  mod: isMac ? '⌘' : 'Ctrl',
  alt: isMac ? '⌥' : 'Alt',
  shift: isMac ? '⇧' : 'Shift',
  enter: isMac ? '↩' : 'Enter',
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  escape: 'Esc',
}

/** `mod+shift+Enter` as this machine's keyboard names it. */
export function keyNames(shortcut: string): string[] {
  return shortcut.split('+').map((key) => names[key.toLowerCase()] ?? (key.length === 1 ? key.toUpperCase() : key))
}

/** For an `aria-label` or a tooltip: `Ctrl+Shift+Enter`. */
export function keysAsText(shortcut: string): string {
  return keyNames(shortcut).join(isMac ? '' : '+')
}

/** A shortcut, drawn as keys, or `quiet` as a few words beside a button. */
export function Keys({ shortcut, quiet = false }: { shortcut: string; quiet?: boolean }) {
  if (quiet) return <span className={classes.quiet}>{keysAsText(shortcut)}</span>
  return (
    <span className={classes.keys}>
      {keyNames(shortcut).map((name) => (
        <kbd key={name} className={classes.key}>
          {name}
        </kbd>
      ))}
    </span>
  )
}
