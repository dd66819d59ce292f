import { createSignal, type Accessor } from 'solid-js'
import { messageOf } from './errors.ts'

export interface Toast {
  id: number
  tone: 'info' | 'error'
  title: string
  detail?: string
  action?: { label: string; run(): void }
  /** Beside the action, and quieter. */
  other?: { label: string; run(): void }
  /** Until it is dismissed, as errors do. */
  stays?: boolean
}

export interface Toasts {
  items: Accessor<Toast[]>
  /** Returns what it is dismissed by. */
  show: (toast: Omit<Toast, 'id'>) => number
  /** For `.catch`: shows what went wrong until it is dismissed. */
  failed: (title: string) => (error: unknown) => void
  dismiss: (id: number) => void
}

const MAX_SHOWN = 3
const INFO_MILLISECONDS = 6_000
/** Time to read it, and to decide. */
const ACTION_MILLISECONDS = 12_000

/** Short notices. Errors stay until dismissed, the rest goes by itself. */
export function createToasts(): Toasts {
  const [items, setItems] = createSignal<Toast[]>([])
  let nextId = 1
  const dismiss = (id: number) => setItems((all) => all.filter((toast) => toast.id !== id))
  const show = (toast: Omit<Toast, 'id'>) => {
    const id = nextId++
    setItems((all) => [...all, { ...toast, id }].slice(-MAX_SHOWN))
    if (toast.tone === 'info' && !toast.stays)
      setTimeout(() => dismiss(id), toast.action ? ACTION_MILLISECONDS : INFO_MILLISECONDS)
    return id
  }
  return {
    items,
    show,
    failed: (title) => (error) => {
      show({ tone: 'error', title, detail: messageOf(error) })
    },
    dismiss,
  }
}
