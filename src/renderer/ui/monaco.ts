import * as monaco from 'monaco-editor/editor'
import 'monaco-editor/features/register.all'
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker'
import { sqlLanguage } from './sqlLanguage.ts'

// Import this file lazily: it is some megabytes, and most views can do without.
window.MonacoEnvironment = { getWorker: () => new EditorWorker() }

/** Ours, by the computed colour scheme. */
export const monacoThemes = { light: 'steward-light', dark: 'steward-dark' } as const

/** Brackets of every depth in one quiet colour: SQL has more telling ones to show. */
function brackets(colour: string): monaco.editor.IColors {
  return Object.fromEntries([1, 2, 3, 4, 5, 6].map((depth) => [`editorBracketHighlight.foreground${depth}`, colour]))
}

monaco.editor.defineTheme(monacoThemes.light, {
  base: 'vs',
  inherit: true,
  rules: [
    { token: 'keyword.sql', foreground: '0b5a8f' },
    { token: 'predefined.sql', foreground: '6b3fa0' },
    { token: 'operator.sql', foreground: '4a545a' },
    { token: 'identifier.sql', foreground: '1c2226' },
    { token: 'delimiter.sql', foreground: '4a545a' },
    { token: 'delimiter.parenthesis.sql', foreground: '4a545a' },
    { token: 'delimiter.square.sql', foreground: '4a545a' },
    { token: 'string.sql', foreground: '1b6e3c' },
    { token: 'number.sql', foreground: '9a4a00' },
    { token: 'comment.sql', foreground: '5d686e', fontStyle: 'italic' },
    { token: 'comment.quote.sql', foreground: '5d686e', fontStyle: 'italic' },
  ],
  colors: {
    ...brackets('#4a545a'),
    'editor.background': '#ffffff',
    'editor.foreground': '#1c2226',
    'editorLineNumber.foreground': '#727d83',
    'editorLineNumber.activeForeground': '#1c2226',
    'editor.lineHighlightBackground': '#00000000',
    'editor.lineHighlightBorder': '#00000000',
    'editor.selectionBackground': '#cfe6ec',
    'editorCursor.foreground': '#0b6478',
    'editorError.foreground': '#b3261e',
    'editorWidget.background': '#ffffff',
    'editorHoverWidget.background': '#ffffff',
    'editorSuggestWidget.selectedBackground': '#d6ebf0',
    'editorSuggestWidget.selectedForeground': '#1c2226',
    'editorSuggestWidget.selectedIconForeground': '#1c2226',
    'editorSuggestWidget.highlightForeground': '#0b6478',
    'editorSuggestWidget.focusHighlightForeground': '#0b6478',
    focusBorder: '#0b6478',
  },
})

monaco.editor.defineTheme(monacoThemes.dark, {
  base: 'vs-dark',
  inherit: true,
  rules: [
    { token: 'keyword.sql', foreground: '7cc2f0' },
    { token: 'predefined.sql', foreground: 'c3a6ee' },
    { token: 'operator.sql', foreground: 'b4bdc2' },
    { token: 'identifier.sql', foreground: 'd6dcdf' },
    { token: 'delimiter.sql', foreground: 'b4bdc2' },
    { token: 'delimiter.parenthesis.sql', foreground: 'b4bdc2' },
    { token: 'delimiter.square.sql', foreground: 'b4bdc2' },
    { token: 'string.sql', foreground: '8fd6a8' },
    { token: 'number.sql', foreground: 'f0bb62' },
    { token: 'comment.sql', foreground: '98a3a9', fontStyle: 'italic' },
    { token: 'comment.quote.sql', foreground: '98a3a9', fontStyle: 'italic' },
  ],
  colors: {
    ...brackets('#b4bdc2'),
    'editor.background': '#1c2225',
    'editor.foreground': '#d6dcdf',
    'editorLineNumber.foreground': '#77838a',
    'editorLineNumber.activeForeground': '#d6dcdf',
    'editor.lineHighlightBackground': '#00000000',
    'editor.lineHighlightBorder': '#00000000',
    'editor.selectionBackground': '#1d4a56',
    'editorCursor.foreground': '#7cc2cf',
    'editorError.foreground': '#ff978d',
    'editorWidget.background': '#242b2f',
    'editorHoverWidget.background': '#242b2f',
    'editorSuggestWidget.selectedBackground': '#1d4a56',
    'editorSuggestWidget.selectedForeground': '#ffffff',
    'editorSuggestWidget.selectedIconForeground': '#ffffff',
    'editorSuggestWidget.highlightForeground': '#7cc2cf',
    'editorSuggestWidget.focusHighlightForeground': '#a6dde7',
    focusBorder: '#7cc2cf',
  },
})

/** What an editor and a read-only text have in common. */
export const monacoOptions = {
  automaticLayout: true,
  fontSize: 13,
  lineHeight: 20,
  minimap: { enabled: false },
  guides: { indentation: false },
  scrollBeyondLastLine: false,
  renderLineHighlight: 'none',
  overviewRulerBorder: false,
  overviewRulerLanes: 1,
  hideCursorInOverviewRuler: true,
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 10,
  folding: false,
  padding: { top: 8, bottom: 8 },
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
  // A text that looks like another one is shown for what it is.
  unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true, nonBasicASCII: false },
  renderControlCharacters: true,
  fixedOverflowWidgets: true,
  accessibilitySupport: 'auto',
} as const satisfies monaco.editor.IStandaloneEditorConstructionOptions

export { monaco, sqlLanguage }
