export interface Place {
  readonly row: number
  readonly column: number
}

/** What is selected: a rectangle between where it began and where one is. */
export interface Selection {
  readonly anchor: Place
  readonly focus: Place
}

/** How many rows and columns there are, and how many rows a page shows. */
export interface Extent {
  readonly rows: number
  readonly columns: number
  readonly page: number
  /** The first row, which is below 0 where rows stand above those of the result. */
  readonly first?: number
}

export interface Rectangle {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

export function at(row: number, column: number): Selection {
  return { anchor: { row, column }, focus: { row, column } }
}

/** All rows and columns; one is at the first. */
export function wholeOf(rows: number, columns: number): Selection {
  return { anchor: { row: Math.max(0, rows - 1), column: Math.max(0, columns - 1) }, focus: { row: 0, column: 0 } }
}

/** Bounds are inclusive. */
export function rectangleOf({ anchor, focus }: Selection): Rectangle {
  return {
    top: Math.min(anchor.row, focus.row),
    bottom: Math.max(anchor.row, focus.row),
    left: Math.min(anchor.column, focus.column),
    right: Math.max(anchor.column, focus.column),
  }
}

export function holds({ top, bottom, left, right }: Rectangle, row: number, column: number): boolean {
  return row >= top && row <= bottom && column >= left && column <= right
}

/** What of a key press counts here. */
export interface Key {
  readonly key: string
  readonly shiftKey: boolean
  /** Ctrl, or Cmd on a Mac. */
  readonly mod: boolean
}

/** Where a key takes the selection; null for a key that moves nothing. Shift keeps the anchor. */
export function moved(selection: Selection, { key, shiftKey, mod }: Key, extent: Extent): Selection | null {
  const lastRow = extent.rows - 1
  const lastColumn = extent.columns - 1
  if (mod && key.toLowerCase() === 'a') {
    return wholeOf(extent.rows, extent.columns)
  }
  const target = targetOf(selection.focus, key, mod, extent)
  if (target === null) return null
  const focus = { row: between(target.row, lastRow, extent.first), column: between(target.column, lastColumn) }
  return { anchor: shiftKey ? selection.anchor : focus, focus }
}

function targetOf({ row, column }: Place, key: string, mod: boolean, extent: Extent): Place | null {
  const far = Number.MAX_SAFE_INTEGER
  switch (key) {
    case 'ArrowUp':
      return { row: mod ? -far : row - 1, column }
    case 'ArrowDown':
      return { row: mod ? far : row + 1, column }
    case 'ArrowLeft':
      return { row, column: mod ? 0 : column - 1 }
    case 'ArrowRight':
      return { row, column: mod ? far : column + 1 }
    case 'PageUp':
      return { row: row - extent.page, column }
    case 'PageDown':
      return { row: row + extent.page, column }
    case 'Home':
      return { row: mod ? -far : row, column: 0 }
    case 'End':
      return { row: mod ? far : row, column: far }
    default:
      return null
  }
}

function between(value: number, last: number, first = 0): number {
  return Math.max(first, Math.min(value, last))
}
