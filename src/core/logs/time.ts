/** Reads the times of a log, which are local times with the zone's abbreviation, into moments. */
export interface Clock {
  /**
   * The moment in UTC as ISO 8601, as precise as the log; null where the log's zone does not tell which one it is and
   * no zone was given.
   */
  read(text: string): string | null
}

/** Minutes east of Greenwich, of abbreviations that mean one zone wherever PostgreSQL's own list is used. */
const offsets: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UCT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  MET: 60,
  MEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  MSD: 240,
  JST: 540,
  KST: 540,
  HKT: 480,
  NZST: 720,
  NZDT: 780,
  AEST: 600,
  AEDT: 660,
  ACST: 570,
  ACDT: 630,
  AWST: 480,
  EST: -300,
  EDT: -240,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
  SAST: 120,
  EAT: 180,
  CAT: 120,
  WAT: 60,
  BRT: -180,
  NST: -210,
  NDT: -150,
  ADT: -180,
  WIB: 420,
  WITA: 480,
  WIT: 540,
}

/**
 * @param zone an IANA name, such as `Europe/Berlin`, or an offset, such as `+05:30`: wins over what the log says
 * @param unknownZones gets the abbreviations that are met and cannot be read
 */
export function createClock(zone: string | null, unknownZones: Set<string>): Clock {
  const given = zone === null ? null : givenOffset(zone)
  // Lines of one second differ in their fraction alone.
  let lastSecond = ''
  let lastZone = ''
  let lastRead: string | null = null
  // Many lines of one millisecond differ in nothing.
  let lastText = ''
  let lastMoment: string | null = null

  function second(local: string, abbreviation: string): string | null {
    const epoch = Date.UTC(
      Number(local.slice(0, 4)),
      Number(local.slice(5, 7)) - 1,
      Number(local.slice(8, 10)),
      Number(local.slice(11, 13)),
      Number(local.slice(14, 16)),
      Number(local.slice(17, 19)),
    )
    if (Number.isNaN(epoch)) return null
    const minutes = given === null ? offsetOf(abbreviation) : given(epoch)
    if (minutes === null) {
      unknownZones.add(abbreviation)
      return null
    }
    return new Date(epoch - minutes * 60_000).toISOString().slice(0, 19)
  }

  function moment(text: string): string | null {
    if (text.charCodeAt(4) !== 45 && /^\d{9,11}(?:\.\d+)?$/.test(text))
      return new Date(Number(text) * 1000).toISOString()
    const dot = text.charCodeAt(19) === 46
    let end = 19
    if (dot) {
      end = 20
      while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1
    }
    const local = text.slice(0, 19)
    const abbreviation = text.slice(end).trim()
    if (local !== lastSecond || abbreviation !== lastZone) {
      lastSecond = local
      lastZone = abbreviation
      lastRead = second(local, abbreviation)
    }
    return lastRead === null ? null : `${lastRead}${text.slice(19, end)}Z`
  }

  return {
    read: (text) => {
      if (text !== lastText) {
        lastMoment = moment(text)
        lastText = text
      }
      return lastMoment
    },
  }
}

/** Minutes east of Greenwich; null where the abbreviation means several zones, or none that is known. */
export function offsetOf(abbreviation: string): number | null {
  const numeric = /^<?([+-])(\d\d):?(\d\d)?>?$/.exec(abbreviation)
  if (numeric !== null) return signed(numeric)
  // In the names of POSIX, GMT+3 lies west of Greenwich.
  const posix = /^(?:Etc\/)?(?:GMT|UTC)([+-])(\d\d?)(?::?(\d\d))?$/.exec(abbreviation)
  if (posix !== null) return -signed(posix)
  return Object.hasOwn(offsets, abbreviation) ? (offsets[abbreviation] ?? null) : null
}

function signed([, sign, hours, minutes]: RegExpExecArray): number {
  const all = Number(hours) * 60 + Number(minutes ?? 0)
  return sign === '-' ? -all : all
}

/** @throws RangeError where there is no such zone */
function givenOffset(zone: string): (localEpoch: number) => number {
  const fixed = /^[+-]\d\d:?\d\d$/.test(zone) ? offsetOf(zone) : null
  if (fixed !== null) return () => fixed
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsetAt = (epoch: number): number => {
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(epoch)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return (Date.UTC(year, month - 1, day, hour, minute, second) - epoch) / 60_000
  }
  // What is local is known, and its offset wanted: the offset of a moment nearby, once corrected, is the right one
  // but for the hour that a change of clocks repeats, which no local time can tell apart.
  return (local) => offsetAt(local - offsetAt(local) * 60_000)
}
