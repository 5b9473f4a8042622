/**
 * The UTF-16 offset of PostgreSQL's error position, which counts characters from 1.
 *
 * @example offsetOf('😀 x', 3) // 3: the smiling face takes two units
 */
export function offsetOf(sql: string, position: number): number {
  let offset = 0
  for (let character = 1; character < position && offset < sql.length; character += 1) {
    offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
  }
  return offset
}
