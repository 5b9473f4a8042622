import { Tooltip } from '@mantine/core'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { useEditor } from './store.ts'

/** Says where the text that is kept for the next start is not the text of the window. */
export function TextNote() {
  const unkept = useEditor((state) => state.unkept)
  const masked = useEditor((state) => state.masked)
  if (unkept !== null) {
    return <Note tone="warn" title="Text not kept" detail={[unkept.message, unkept.hint].filter(Boolean).join(' ')} />
  }
  if (!masked) return null
  return (
    <Note
      tone="quiet"
      title="Kept without its secrets"
      detail="Passwords and other secrets are not written to disk: at the next start, *** stands in their place."
    />
  )
}

function Note({ tone, title, detail }: { tone: 'warn' | 'quiet'; title: string; detail: string }) {
  return (
    <Tooltip label={detail} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it means is told where it has the focus */}
      <span role="status" aria-label="Text" tabIndex={0}>
        <StatusBadge tone={tone}>{title}</StatusBadge>
      </span>
    </Tooltip>
  )
}
