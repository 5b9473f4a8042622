import { Autocomplete } from '@mantine/core'
import { useMemo, useState } from 'react'

/** As the zones are called now: browsers go on listing the names that they had. */
const renamed = [
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
]

interface ZoneFieldProps {
  className: string | undefined
  value: string | null
  onChange: (zone: string | null) => void
}

/** The zone that the times of a log are read in. A name that is still being typed changes nothing. */
export function ZoneField({ className, value, onChange }: ZoneFieldProps) {
  const zones = useMemo(() => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), ...renamed])].sort(), [])
  const [typed, setTyped] = useState<string | null>(null)
  const take = (zone: string): void => {
    setTyped(null)
    onChange(zone.trim() === '' ? null : zone.trim())
  }
  return (
    <Autocomplete
      className={className}
      label="Time zone"
      placeholder="As the log says"
      data={zones}
      limit={60}
      spellCheck={false}
      maxLength={100}
      value={typed ?? value ?? ''}
      onChange={(zone) => {
        if (zone.trim() === '' || isZone(zone.trim())) take(zone)
        else setTyped(zone)
      }}
      // What is left there is meant: that there is no such zone is said then.
      onBlur={() => {
        if (typed !== null) take(typed)
      }}
      onKeyDown={({ key }) => {
        if (key === 'Enter' && typed !== null) take(typed)
      }}
    />
  )
}

function isZone(text: string): boolean {
  if (/^[+-]\d\d:?\d\d$/.test(text)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false // It says so of what is no zone.
  }
}
