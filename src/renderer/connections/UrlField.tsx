import { TextInput } from '@mantine/core'
import { ClipboardPaste } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, useState } from 'react'
import { useConnectionForm } from './form.ts'

/** Takes a URL apart into the fields below. It empties itself then, because a password may have been in it. */
export function UrlField() {
  const takeUrl = useConnectionForm((form) => form.takeUrl)
  const error = useConnectionForm((form) => form.urlError)
  const notes = useConnectionForm((form) => form.urlNotes)
  const [text, setText] = useState('')

  const take = (url: string): void => {
    if (url.trim() !== '') setText(takeUrl(url) ? '' : url)
  }

  const onPaste = (event: ClipboardEvent<HTMLInputElement>): void => {
    const pasted = event.clipboardData.getData('text')
    // Pasted into what stands there already, it is a part that a person is putting together.
    if (text !== '') return
    event.preventDefault()
    take(pasted)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    take(text)
  }

  return (
    <TextInput
      label="Connection URL"
      description={notes.length > 0 ? notes.join(' ') : 'Paste one to fill in the fields below.'}
      placeholder="postgres://user@db.example.org:5432/clinic?sslmode=verify-full"
      leftSection={<ClipboardPaste size={15} aria-hidden />}
      value={text}
      error={error}
      spellCheck={false}
      autoComplete="off"
      onPaste={onPaste}
      onKeyDown={onKeyDown}
      onBlur={() => take(text)}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  )
}
