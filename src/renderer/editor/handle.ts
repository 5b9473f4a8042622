import type { Part } from './store.ts'

/** What the toolbar and the results ask of the text. Offsets are UTF-16 units. */
export interface EditorHandle {
  sql(): string
  /** What was typed a moment ago is told at once, and not when the fingers have rested. */
  settle(): void
  cursor(): number
  /** Null when nothing is selected. */
  selection(): Part | null
  /** Puts the cursor there, in sight, with the focus. */
  goTo(offset: number): void
  focus(): void
  /** Puts the selection, or all of it, into form. */
  format(): Promise<void>
}
