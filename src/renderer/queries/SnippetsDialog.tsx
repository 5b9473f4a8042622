import { ActionIcon, Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { Copy, Pencil, Trash2 } from 'lucide-react'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import type { Snippet } from '../../core/queries/contract.ts'
import { type Action, useActions } from '../session/actions.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { FaultPanel } from '../ui/FaultPanel.tsx'
import { ShownText } from '../ui/ShownText.tsx'
import { queryActions } from './actions.ts'
import classes from './SnippetsDialog.module.css'
import { useSnippets } from './snippets.ts'

/** The snippets of one's own, to be made, changed and removed, and those of the product, to be copied. */
export function SnippetsDialog() {
  const shown = useSnippets((state) => state.shown)
  const show = useSnippets((state) => state.show)
  useActions(
    useMemo(
      (): Action[] => [
        {
          ...queryActions.snippets,
          run: () => show(true),
        },
      ],
      [show],
    ),
  )
  return (
    <Dialog opened={shown} onClose={() => show(false)} title="Snippets" size={640}>
      {shown && <Content />}
    </Dialog>
  )
}

function Content() {
  const editing = useSnippets((state) => state.editing)
  return editing === null ? <Lists /> : <SnippetForm key={editing.name} />
}

function Lists() {
  const own = useSnippets((state) => state.own)
  const builtIn = useSnippets((state) => state.builtIn)
  const fault = useSnippets((state) => state.fault)
  const removed = useSnippets((state) => state.removed)
  const make = useSnippets((state) => state.make)
  const change = useSnippets((state) => state.change)
  const remove = useSnippets((state) => state.remove)
  const undo = useSnippets((state) => state.undo)
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap">
        <span className={classes.told}>
          Type the name where a statement begins. Yours go before those of pgSteward.
        </span>
        <Button size="compact-sm" data-autofocus style={{ flex: 'none' }} onClick={() => make()}>
          New snippet
        </Button>
      </Group>
      {fault !== null && <FaultPanel fault={fault} title="That was not done" />}
      {removed !== null && (
        <div className={classes.removed} role="status">
          <span>Removed {removed.name}</span>
          <Button size="compact-xs" variant="subtle" onClick={() => void undo()}>
            Undo
          </Button>
        </div>
      )}
      <section aria-label="Yours">
        <h3 className={classes.heading}>Yours</h3>
        {own?.length === 0 && <p className={classes.told}>None yet. Make one, or copy one of those below.</p>}
        <ul className={classes.list}>
          {own?.map((snippet) => (
            <Line key={snippet.name} snippet={snippet}>
              <ActionIcon aria-label={`Change ${snippet.name}`} onClick={() => change(snippet)}>
                <Pencil size={14} aria-hidden />
              </ActionIcon>
              <ActionIcon aria-label={`Remove ${snippet.name}`} onClick={() => void remove(snippet)}>
                <Trash2 size={14} aria-hidden />
              </ActionIcon>
            </Line>
          ))}
        </ul>
      </section>
      <section aria-label="Of pgSteward">
        <h3 className={classes.heading}>Of pgSteward</h3>
        <ul className={classes.list}>
          {builtIn.map((snippet) => (
            <Line key={snippet.name} snippet={snippet}>
              <ActionIcon aria-label={`Copy ${snippet.name}`} onClick={() => make(snippet)}>
                <Copy size={14} aria-hidden />
              </ActionIcon>
            </Line>
          ))}
        </ul>
      </section>
    </Stack>
  )
}

function Line({ snippet, children }: { snippet: Snippet; children: ReactNode }) {
  return (
    <li className={classes.line} title={snippet.body.slice(0, 2_000)}>
      <code className={classes.name}>{snippet.name}</code>
      <span className={classes.title}>
        <ShownText text={snippet.title} />
      </span>
      {children}
    </li>
  )
}

function SnippetForm() {
  const editing = useSnippets((state) => state.editing)
  const fault = useSnippets((state) => state.fault)
  const save = useSnippets((state) => state.save)
  const cancel = useSnippets((state) => state.cancel)
  const [name, setName] = useState(editing?.start.name ?? '')
  const [title, setTitle] = useState(editing?.start.title ?? '')
  const [body, setBody] = useState(editing?.start.body ?? '')
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void save({ name: name.trim(), title, body })
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What you type for it: letters, digits, _ and -, beginning with a letter."
          required
          data-autofocus
          maxLength={40}
          pattern="\s*[A-Za-z_][A-Za-z0-9_\-]*\s*"
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TextInput
          label="Title"
          description="What is said of it where it is offered."
          required
          maxLength={200}
          value={title}
          onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        />
        <Textarea
          label="Text"
          description="A place to fill in is written ${1:table}; $0 is where the cursor ends up."
          required
          maxLength={20_000}
          rows={10}
          resize="vertical"
          spellCheck={false}
          classNames={{ input: classes.body ?? '' }}
          value={body}
          onChange={({ currentTarget }) => setBody(currentTarget.value)}
        />
        {fault !== null && <FaultPanel fault={fault} title="The snippet was not saved" />}
        <DialogButtons label="Save" onCancel={cancel} />
      </Stack>
    </form>
  )
}
