import { type Label, type Severity, severities, wordings } from './wording.ts'

/** A word that begins a message, or a further line of one, in one of the languages. */
export type Mark =
  | { readonly text: string; readonly severity: Severity; readonly label: null }
  | { readonly text: string; readonly severity: null; readonly label: Label }

const byFirst = new Map<string, Mark[]>()

function know(mark: Mark): void {
  const first = mark.text.charAt(0)
  const others = byFirst.get(first) ?? []
  if (!others.some(({ text }) => text === mark.text)) byFirst.set(first, [...others, mark])
}

for (const { severities: words, labels } of Object.values(wordings)) {
  for (const [index, severity] of severities.entries()) {
    know({ text: `${words[index]}:  `, severity, label: null })
    if (severity === 'DEBUG') {
      for (const level of [1, 2, 3, 4, 5]) know({ text: `${words[index]}${level}:  `, severity, label: null })
    }
  }
  know({ text: labels.detail, severity: null, label: 'detail' })
  know({ text: labels.hint, severity: null, label: 'hint' })
  know({ text: labels.query, severity: null, label: 'query' })
  know({ text: labels.context, severity: null, label: 'context' })
  know({ text: labels.statement, severity: null, label: 'statement' })
  know({ text: labels.location, severity: null, label: 'location' })
  know({ text: labels.backtrace, severity: null, label: 'backtrace' })
}

/** The severity or label that begins at `at`, in any of the languages. Where it says both, the severity wins. */
export function markAt(text: string, at: number): Mark | null {
  // Nearly all of a busy log.
  if (text.startsWith(log.text, at)) return log
  for (const mark of byFirst.get(text.charAt(at)) ?? []) if (text.startsWith(mark.text, at)) return mark
  return null
}

const log: Mark = { text: 'LOG:  ', severity: 'LOG', label: null }

const severityOf = new Map<string, Severity>(
  Object.values(wordings).flatMap(({ severities: words }) =>
    severities.map((severity, index): [string, Severity] => [words[index] ?? severity, severity]),
  ),
)
for (const level of [1, 2, 3, 4, 5]) severityOf.set(`DEBUG${level}`, 'DEBUG')
// English wins where a word of one language is another's: `INFO`, `NOTICE`.
for (const severity of severities) severityOf.set(severity, severity)

/** The severity that a word means, as csvlog writes it; null where it is none. */
export function severityNamed(word: string): Severity | null {
  if (word === 'LOG') return word
  return severityOf.get(word) ?? severityOf.get(word.replace(/[1-5]$/, '')) ?? null
}

/** Whether a severity or a label stands anywhere near the beginning of the line. */
export function hasMark(line: string): boolean {
  for (let at = 0; at < Math.min(line.length, 400); at += 1) {
    if ((at === 0 || !/\w/.test(line.charAt(at - 1))) && markAt(line, at) !== null) return true
  }
  return false
}
