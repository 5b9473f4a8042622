import { Pill } from '@mantine/core'
import { ShownText } from './ShownText.tsx'

/** Something that is filtered by, to be taken away by pointer, by key, and by those who hear the window. */
export function FilterPill({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <Pill
      withRemoveButton
      onRemove={onRemove}
      // The library hides the button from assistive technology and from the Tab key.
      removeButtonProps={{ 'aria-label': `Take away: ${text}`, 'aria-hidden': false, tabIndex: 0 }}
    >
      <ShownText text={text} />
    </Pill>
  )
}
