/** As `useActions` takes them. */
export const shortcuts = {
  run: 'mod+Enter',
  runAll: 'mod+shift+Enter',
  cancel: 'Escape',
  format: 'alt+shift+F',
  save: 'mod+S',
} as const
