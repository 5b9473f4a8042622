import { FileDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useSession } from '../../session/context.ts'
import classes from './DropTarget.module.css'
import { carriesFiles, droppedFiles } from './files.ts'
import { useImport } from './store.ts'

/** Takes logs that are dropped anywhere on the window, and shows that it would. */
export function DropTarget() {
  const [over, setOver] = useState(false)
  const addDropped = useImport((state) => state.addDropped)
  const open = useSession((session) => session.open)

  useEffect(() => {
    const until = new AbortController()
    // Before any editor or field takes it for a text.
    const options = { capture: true, signal: until.signal }
    // Going from one element to the next leaves the one after the other was entered.
    let depth = 0
    const leave = (): void => {
      depth = 0
      setOver(false)
    }
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return
      depth += 1
      setOver(true)
    }
    const left = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return
      depth -= 1
      if (depth <= 0) leave()
    }
    const hold = (event: DragEvent): void => {
      if (!carriesFiles(event.dataTransfer)) return
      event.preventDefault()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy'
    }
    const take = (event: DragEvent): void => {
      const { dataTransfer } = event
      if (dataTransfer === null || !carriesFiles(dataTransfer)) return
      event.preventDefault()
      event.stopPropagation()
      leave()
      open({ view: 'logImport' })
      void addDropped(droppedFiles(dataTransfer))
    }
    window.addEventListener('dragenter', enter, options)
    window.addEventListener('dragleave', left, options)
    window.addEventListener('dragover', hold, options)
    window.addEventListener('drop', take, options)
    return () => until.abort()
  }, [addDropped, open])

  if (!over) return null
  return (
    <div className={classes.target}>
      <div className={classes.frame}>
        <FileDown size={36} strokeWidth={1.5} aria-hidden />
        <strong>Drop PostgreSQL server logs here</strong>
        <span>stderr, csvlog or jsonlog; plain or packed (gz, bz2, xz, zst, lz4, zip); folders too.</span>
        <span>They are looked at first: nothing is imported before you say so.</span>
      </div>
    </div>
  )
}
