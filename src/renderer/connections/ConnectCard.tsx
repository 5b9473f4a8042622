import { Button, TextInput } from '@mantine/core'
import { Plug } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useSession } from '../session/context.ts'
import { ChoiceCard } from '../ui/ChoiceCard.tsx'
import classes from './ConnectCard.module.css'

/** The way in with a server of one's own: by a URL, or by the form. */
export function ConnectCard() {
  const open = useSession((session) => session.open)
  const [url, setUrl] = useState('')
  const given = url.trim() !== ''

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    open({ view: 'connection', ...(given && { url: url.trim() }) })
  }

  return (
    <form onSubmit={submit} className={classes.form}>
      <ChoiceCard
        icon={Plug}
        title="Connect to a server"
        action={
          <Button type="submit" variant={given ? 'filled' : 'default'}>
            {given ? 'Go on with this URL' : 'Fill in the form'}
          </Button>
        }
      >
        <p>Nothing is changed there until you say so. Passwords are never written to a file.</p>
        <TextInput
          aria-label="Connection URL"
          placeholder="postgres://user@host:5432/database"
          value={url}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
      </ChoiceCard>
    </form>
  )
}
