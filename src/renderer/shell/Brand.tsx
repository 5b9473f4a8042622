import { UnstyledButton } from '@mantine/core'
import { Search } from 'lucide-react'
import { Keys } from '../ui/Keys.tsx'
import { Mark } from '../ui/Mark.tsx'
import { windowShortcuts } from './actions.ts'
import classes from './Brand.module.css'
import { palette } from './paletteStore.ts'

/** The product's name and the way to every action. */
export function Brand() {
  return (
    <div className={classes.brand}>
      <div className={classes.name}>
        <Mark size={20} />
        pgSteward
      </div>
      <UnstyledButton className={classes.search} onClick={palette.open}>
        <Search size={14} aria-hidden />
        <span>Find an action</span>
        <Keys shortcut={windowShortcuts.palette} />
      </UnstyledButton>
    </div>
  )
}
