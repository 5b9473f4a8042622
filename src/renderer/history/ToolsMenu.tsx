import { ActionIcon, Menu } from '@mantine/core'
import { Database, Download, Ellipsis, Eraser, Hourglass } from 'lucide-react'

/** What is done rarely, each in a dialog of its own. */
export type Tool = 'export' | 'sources' | 'retention' | 'erase'

export function ToolsMenu({ onChoose }: { onChoose: (tool: Tool) => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label="More about the history">
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Download size={14} aria-hidden />} onClick={() => onChoose('export')}>
          Export…
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Database size={14} aria-hidden />} onClick={() => onChoose('sources')}>
          Where it comes from…
        </Menu.Item>
        <Menu.Item leftSection={<Hourglass size={14} aria-hidden />} onClick={() => onChoose('retention')}>
          How long it is held…
        </Menu.Item>
        <Menu.Item leftSection={<Eraser size={14} aria-hidden />} onClick={() => onChoose('erase')}>
          Erase a secret…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
