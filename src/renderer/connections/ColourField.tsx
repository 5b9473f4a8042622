import { Select } from '@mantine/core'
import { connectionColours } from '../../core/connection.ts'
import { type Tint, tintOf } from '../ui/tint.ts'
import classes from './ColourField.module.css'
import { useConnectionForm } from './form.ts'
import { colourWords } from './words.ts'

const choices = connectionColours.map((value) => ({ value, label: colourWords[value] }))

/** By which colour a connection is told from the others in the list, on its tabs and in the status bar. */
export function ColourField() {
  const kind = useConnectionForm((form) => form.values.kind)
  const colour = useConnectionForm((form) => form.values.colour)
  const change = useConnectionForm((form) => form.change)
  return (
    <Select
      label="Colour"
      value={colour}
      data={choices}
      allowDeselect={false}
      leftSection={<Swatch tint={tintOf({ kind, colour })} />}
      renderOption={({ option }) => {
        const choice = connectionColours.find((value) => value === option.value) ?? 'by kind'
        return (
          <span className={classes.option}>
            <Swatch tint={tintOf({ kind, colour: choice })} />
            {option.label}
          </span>
        )
      }}
      onChange={(value) => value !== null && change({ colour: value })}
    />
  )
}

function Swatch({ tint }: { tint: Tint }) {
  return <span className={classes.swatch} data-tint={tint} aria-hidden />
}
