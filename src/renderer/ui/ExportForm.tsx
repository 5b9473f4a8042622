import { Select, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { DialogButtons } from './DialogButtons.tsx'

interface ExportFormProps<Format extends { readonly kind: string }> {
  /** In the order in which they are offered, each with the values that suit most readers. */
  formats: readonly { readonly name: string; readonly format: Format }[]
  format: Format
  onFormat: (format: Format) => void
  /** What the file is called at first; absent where nobody is asked. */
  fileName?: string
  /** What is written, above all else. */
  what?: ReactNode
  /** How it is written, and why. */
  children: ReactNode
  /** What else is to be known before it is. */
  note: ReactNode
  /** What has to be said was said. */
  ready: boolean
  onExport: (fileName: string) => void
  onCancel: () => void
}

/** Asks as what something is written into a file. */
export function ExportForm<Format extends { readonly kind: string }>(props: ExportFormProps<Format>) {
  const { formats, format, onFormat, what, children, note, ready, onExport, onCancel } = props
  const [fileName, setFileName] = useState(props.fileName ?? '')

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (ready) onExport(fileName)
  }
  const choose = (kind: string | null): void => {
    const chosen = formats.find((each) => each.format.kind === kind)
    if (chosen !== undefined) onFormat(chosen.format)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {what}
        <Select
          label="Format"
          data={formats.map(({ name, format: { kind } }) => ({ value: kind, label: name }))}
          value={format.kind}
          allowDeselect={false}
          onChange={choose}
          data-autofocus
        />
        {props.fileName !== undefined && (
          <TextInput
            label="File name"
            maxLength={200}
            value={fileName}
            onChange={({ currentTarget }) => setFileName(currentTarget.value)}
          />
        )}
        {children}
        <Text size="xs" c="dimmed">
          {note}
        </Text>
        <DialogButtons label="Export" disabled={!ready} onCancel={onCancel} />
      </Stack>
    </form>
  )
}
