import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { JsonValue } from '../../../core/editor/jsonValue.ts'
import { countText } from '../../ui/amounts.ts'
import { ShownText } from '../../ui/ShownText.tsx'
import classes from './JsonTree.module.css'

/** Members that are drawn of one object or array before one asks for more. */
const drawnAtOnce = 200
/** Of a text in the tree, in UTF-16 units. */
const longestText = 10_000
/** So deep is a document open at first, where it is small. */
const openDepth = 2

/** A JSON document to open and close. Numbers stand as they are written. */
export function JsonTree({ value }: { value: JsonValue }) {
  return (
    <div className={classes.tree}>
      <Node name={null} value={value} depth={0} />
    </div>
  )
}

function Node({ name, value, depth }: { name: ReactNode; value: JsonValue; depth: number }) {
  const members = membersOf(value)
  const [open, setOpen] = useState(depth < openDepth && (members?.length ?? 0) <= drawnAtOnce)
  const [drawn, setDrawn] = useState(drawnAtOnce)
  if (members === null) {
    return (
      <div className={classes.line}>
        <span className={classes.space} />
        {name}
        <Leaf value={value} />
      </div>
    )
  }
  return (
    <div>
      <button type="button" className={classes.line} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight className={classes.chevron} size={13} aria-hidden />
        {name}
        <span className={classes.count}>
          {value.kind === 'array'
            ? `[${countText(members.length, 'item')}]`
            : `{${countText(members.length, 'member')}}`}
        </span>
      </button>
      {open && (
        <div className={classes.members}>
          {members.slice(0, drawn).map(({ key, name: own, value: each }) => (
            <Node key={key} name={own} value={each} depth={depth + 1} />
          ))}
          {members.length > drawn && (
            <button type="button" className={classes.more} onClick={() => setDrawn(drawn + 10 * drawnAtOnce)}>
              {(members.length - drawn).toLocaleString('en')} more
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ value }: { value: JsonValue }) {
  if (value.kind === 'object' || value.kind === 'array') return null
  return (
    <span className={classes.leaf} data-kind={value.kind}>
      {value.kind === 'string' ? <ShownText text={drawnText(value.text)} /> : value.text}
    </span>
  )
}

/** A very long text by its beginning: the other form of the value shows more of it. */
function drawnText(text: string): string {
  const more = text.length - longestText
  return more > 0 ? `"${text.slice(0, longestText)}… (${countText(more, 'more character')})` : `"${text}"`
}

function membersOf(value: JsonValue): { key: number; name: ReactNode; value: JsonValue }[] | null {
  if (value.kind === 'object') {
    return value.members.map(({ name, value: each }, key) => ({
      key,
      name: (
        <span className={classes.name}>
          <ShownText text={name} />:
        </span>
      ),
      value: each,
    }))
  }
  if (value.kind !== 'array') return null
  return value.items.map((each, key) => ({ key, name: <span className={classes.item}>{key}</span>, value: each }))
}
