import { ChevronDown, ChevronRight, ShieldAlert } from 'lucide-react'
import { type MouseEvent, memo } from 'react'
import type { TreeRow } from '../../core/catalog/tree.ts'
import { ShownText } from '../ui/ShownText.tsx'
import { icons } from './kinds.ts'
import classes from './ObjectTree.module.css'

interface TreeItemProps {
  id: string
  /** Undefined while it is on its way. */
  row: TreeRow | undefined
  top: number
  height: number
  active: boolean
  onClick: () => void
  onToggle: (row: TreeRow) => void
  onChoose: (row: TreeRow) => void
  onContextMenu: (event: MouseEvent) => void
}

/** One object. A click chooses it, a click on its sign opens or folds it, a double click looks into it. */
export const TreeItem = memo(function TreeItem(props: TreeItemProps) {
  const { id, row, top, height, active, onClick, onToggle, onChoose, onContextMenu } = props
  if (row === undefined) {
    return <div id={id} className={classes.row} style={{ top, height }} role="treeitem" aria-busy tabIndex={-1} />
  }
  const Icon = icons[row.kind]
  const Sign = row.expanded ? ChevronDown : ChevronRight
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the tree, which knows the row that is chosen
    <div
      id={id}
      className={classes.row}
      style={{ top, height, paddingInlineStart: `${0.25 + (row.level - 1) * 0.75}rem` }}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.expanded ?? undefined}
      aria-selected={active}
      data-active={active || undefined}
      data-kind={row.kind}
      title={titleOf(row)}
      onClick={onClick}
      onDoubleClick={() => onChoose(row)}
      onContextMenu={onContextMenu}
    >
      {row.expanded === null ? (
        <span className={classes.sign} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: as above; the row itself says whether it is open
        // biome-ignore lint/a11y/useKeyWithClickEvents: as above
        <span
          className={classes.sign}
          onClick={() => onToggle(row)}
          onDoubleClick={(event) => event.stopPropagation()}
          data-sign
        >
          <Sign size={13} aria-hidden />
        </span>
      )}
      <Icon size={14} className={classes.icon} aria-hidden />
      <span className={classes.name}>
        <ShownText text={row.name} />
      </span>
      {row.detail !== null && row.detail !== '' && (
        <span className={classes.detail}>
          <ShownText text={row.detail} />
        </span>
      )}
      {row.sensitivity !== null && (
        <ShieldAlert size={13} className={classes.sensitive} aria-label={`Sensitive: ${row.sensitivity}`} />
      )}
    </div>
  )
})

function titleOf({ kind, name, detail, comment, sensitivity }: TreeRow): string {
  const what = kind === 'folder' ? name : `${name} (${kind})`
  return [what, detail, comment, sensitivity].filter((line) => line !== null && line !== '').join('\n')
}
