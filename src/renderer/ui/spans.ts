const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const toTheSecond = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const seconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** A stretch of time in words, on this machine's clock. */
export function spanText(from: number | null, to: number | null): string {
  if (from !== null && to !== null) {
    if (isMidnight(from) && isMidnight(to)) {
      return to - from <= 25 * 3_600_000 ? day.format(from) : `${day.format(from)} – ${day.format(to - 1)}`
    }
    const moment = hasSeconds(from) || hasSeconds(to) ? toTheSecond : dayAndTime
    if (!isSameDay(from, to)) return `${moment.format(from)} – ${moment.format(to)}`
    return `${moment.format(from)} – ${(moment === toTheSecond ? seconds : clock).format(to)}`
  }
  if (from !== null) return `From ${dayAndTime.format(from)}`
  return to === null ? 'Any time' : `Until ${dayAndTime.format(to)}`
}

/** A mark on the axis of a chart, as short as its step allows. @param step seconds */
export function markText(step: number, time: number): string {
  if (step >= 86_400 || isMidnight(time)) return short.format(time)
  return step % 60 === 0 ? clock.format(time) : seconds.format(time)
}

export function isMidnight(time: number): boolean {
  const date = new Date(time)
  return date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0 && date.getMilliseconds() === 0
}

function hasSeconds(time: number): boolean {
  return time % 60_000 !== 0
}

function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString()
}
