import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { Plus, X } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { type Condition, condition as conditionShape, mostArrangedRows } from '../../core/editor/arrange.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { conditionWords } from './grid/conditionText.ts'
import type { Result } from './run.ts'
import { useEditor } from './store.ts'

/** The conditions that rows of a result have to meet to be shown. */
export function FilterDialog() {
  const filtering = useEditor((state) => state.filtering)
  const ask = useEditor((state) => state.askFilter)
  const result = useEditor((state) => state.run?.results.find((each) => each.index === filtering?.index))
  return (
    <Dialog opened={filtering !== null} onClose={() => ask(null)} title="Filter the result" size={700}>
      {filtering !== null && result !== undefined && <Fields result={result} filter={filtering.filter} />}
    </Dialog>
  )
}

interface Draft {
  readonly id: number
  readonly column: number
  readonly is: Condition['is']
  readonly value: string
  readonly to: string
}

const kinds: readonly { value: Condition['is']; label: string }[] = (
  [
    'contains',
    'not contains',
    'equal',
    'not equal',
    'less',
    'at most',
    'greater',
    'at least',
    'between',
    'null',
    'not null',
  ] as const
).map((value) => ({ value, label: conditionWords[value] }))

function Fields({ result, filter }: { result: Result; filter: readonly Condition[] }) {
  const arrange = useEditor((state) => state.arrange)
  const ask = useEditor((state) => state.askFilter)
  const ids = useRef(filter.length)
  const [drafts, setDrafts] = useState<readonly Draft[]>(() =>
    filter.map((each, id) => ({ value: '', to: '', ...each, id })),
  )
  const columns = result.columns.map(({ name, type }, place) => ({
    value: String(place),
    label: `${name} (${type})`,
  }))
  const change = (id: number, part: Partial<Draft>): void =>
    setDrafts(drafts.map((each) => (each.id === id ? { ...each, ...part } : each)))
  const add = (): void => {
    const id = ids.current
    ids.current += 1
    setDrafts([...drafts, { id, column: 0, is: 'contains', value: '', to: '' }])
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const { sort } = result.arrangement
    void arrange(result.index, { sort, filter: drafts.map(conditionOf) })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        {drafts.map(({ id, column, is, value, to }, place) => (
          <Group key={id} gap="xs" wrap="nowrap" align="center">
            <Select
              aria-label={`Column of condition ${place + 1}`}
              data={columns}
              value={String(column)}
              allowDeselect={false}
              searchable
              onChange={(next) => change(id, { column: Number(next) })}
              style={{ flex: '0 0 200px' }}
            />
            <Select
              aria-label={`Comparison of condition ${place + 1}`}
              data={kinds}
              value={is}
              allowDeselect={false}
              onChange={(next) => change(id, { is: kindOf(next) })}
              style={{ flex: '0 0 165px' }}
            />
            {is !== 'null' && is !== 'not null' && (
              <TextInput
                aria-label={`Value of condition ${place + 1}`}
                value={value}
                onChange={({ currentTarget }) => change(id, { value: currentTarget.value })}
                style={{ flex: 1 }}
                data-autofocus={place === 0 || undefined}
              />
            )}
            {is === 'between' && (
              <TextInput
                aria-label={`Upper value of condition ${place + 1}`}
                value={to}
                onChange={({ currentTarget }) => change(id, { to: currentTarget.value })}
                style={{ flex: 1 }}
              />
            )}
            <ActionIcon
              aria-label={`Remove condition ${place + 1}`}
              onClick={() => setDrafts(drafts.filter((each) => each.id !== id))}
            >
              <X size={14} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        {drafts.length === 0 && <Text size="sm">All rows are shown. Add a condition to see fewer of them.</Text>}
        <Group>
          <Button size="compact-sm" variant="subtle" leftSection={<Plus size={13} aria-hidden />} onClick={add}>
            Add a condition
          </Button>
        </Group>
        <Text size="xs" c="dimmed">
          Rows have to meet all conditions. Values are compared by the type of their column; “contains” looks at the
          text and takes capital and small letters for the same. More than {mostArrangedRows.toLocaleString('en')} rows
          are filtered by the server, which you are asked before.
        </Text>
        <DialogButtons label="Apply" onCancel={() => ask(null)} />
      </Stack>
    </form>
  )
}

function kindOf(value: string | null): Condition['is'] {
  return kinds.find((kind) => kind.value === value)?.value ?? 'contains'
}

function conditionOf({ column, is, value, to }: Draft): Condition {
  if (is === 'null' || is === 'not null') return { column, is }
  return is === 'between' ? { column, is, value, to } : conditionShape.parse({ column, is, value })
}
