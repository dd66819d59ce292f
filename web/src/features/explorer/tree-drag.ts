import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { parentOf } from '../../kernel/paths.ts'
import type { TreeRow } from '../../kernel/tree.ts'
import type { FileMoves } from './file-moves.ts'

/** Milliseconds over a closed folder after which it opens, so that one can go on into it. */
const OPENS_AFTER = 600

export interface TreeDrag {
  /** The folder that would take what is dragged over the tree; null while nothing is. */
  target: Accessor<string | null>
  onDragStart: (event: DragEvent) => void
  onDragOver: (event: DragEvent) => void
  onDragLeave: (event: DragEvent) => void
  onDrop: (event: DragEvent) => void
  onDragEnd: () => void
}

/** Drag and drop in the tree: files of the tree into other folders, and files from outside to be uploaded. */
export function createTreeDrag(ports: {
  rowAt: (event: DragEvent) => TreeRow | undefined
  moves: FileMoves
  open: (folder: string) => void
  /** Called while the event is dispatched: later it holds nothing any more. */
  upload: (items: DataTransfer, folder: string) => void
}): TreeDrag {
  const [target, setTarget] = createSignal<string | null>(null)
  let dragged: string | null = null
  let over: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const folderAt = (event: DragEvent) => {
    const row = ports.rowAt(event)
    if (!row) return ''
    return row.kind === 'folder' ? row.path : parentOf(row.path)
  }
  const isFromOutside = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const copies = (event: DragEvent) => event.ctrlKey || event.altKey
  const takes = (event: DragEvent, folder: string) =>
    isFromOutside(event) || (dragged !== null && (copies(event) || ports.moves.mayMove(dragged, folder)))
  const stop = () => {
    clearTimeout(timer)
    over = null
    setTarget(null)
  }
  const hover = (row: TreeRow | undefined) => {
    const folder = row?.kind === 'folder' && !row.expanded ? row.path : null
    if (folder === over) return
    clearTimeout(timer)
    over = folder
    if (folder !== null) timer = setTimeout(() => ports.open(folder), OPENS_AFTER)
  }
  onCleanup(stop)

  return {
    target,
    onDragStart: (event) => {
      const row = ports.rowAt(event)
      if (!row || !event.dataTransfer) return
      dragged = row.path
      event.dataTransfer.effectAllowed = 'copyMove'
      event.dataTransfer.setData('text/plain', row.path)
    },
    onDragOver: (event) => {
      hover(ports.rowAt(event))
      const folder = folderAt(event)
      const isTaken = takes(event, folder)
      setTarget(isTaken ? folder : null)
      if (!isTaken || !event.dataTransfer) return
      event.preventDefault()
      event.dataTransfer.dropEffect = isFromOutside(event) || copies(event) ? 'copy' : 'move'
    },
    onDragLeave: ({ currentTarget, relatedTarget }) => {
      const isInside = relatedTarget instanceof Node && (currentTarget as Element).contains(relatedTarget)
      if (!isInside) stop()
    },
    onDrop: (event) => {
      const folder = folderAt(event)
      stop()
      if (!takes(event, folder) || !event.dataTransfer) return
      event.preventDefault()
      if (isFromOutside(event)) ports.upload(event.dataTransfer, folder)
      else if (dragged !== null && copies(event)) ports.moves.copy(dragged, folder)
      else if (dragged !== null) ports.moves.move(dragged, folder)
    },
    onDragEnd: () => {
      dragged = null
      stop()
    },
  }
}
