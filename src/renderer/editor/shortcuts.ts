/** As `useActions` takes them. */
export const shortcuts = {
  run: 'mod+Enter',
  runAll: 'mod+shift+Enter',
  cancel: 'Escape',
  format: 'alt+shift+F',
  save: 'mod+S',
  explain: 'mod+alt+E',
  analyze: 'mod+alt+shift+E',
  commit: 'mod+alt+Enter',
  rollback: 'mod+alt+Backspace',
  export: 'mod+shift+E',
  reviewEdits: 'mod+alt+U',
  find: 'mod+alt+G',
  filter: 'mod+alt+L',
} as const
