/** @example durationText(1234.5) // 1.23 s */
export function durationText(ms: number): string {
  if (ms > 0 && ms < 1) return ms < 0.01 ? '< 0.01 ms' : `${ms.toFixed(2)} ms`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`
  const seconds = Math.round(ms / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const units = ['h', 'min', 's']
  return parts
    .map((part, index) => `${part} ${units[index]}`)
    .slice(seconds < 3600 ? 1 : 0)
    .join(' ')
}

/** @example countText(1200, 'row') // 1,200 rows */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** @example bytesText(1_500_000) // 1.5 MB */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let amount = bytes
  let unit = 0
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  return `${unit === 0 || amount >= 99.5 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}

/** @example percentText(0.9987) // 99.8 % */
export function percentText(share: number): string {
  // Never rounded up to a whole that it is not.
  return `${share === 1 || share === 0 ? share * 100 : (Math.floor(share * 1000) / 10).toFixed(1)} %`
}
