export type MenuEntry = {
  label: string
  keys?: string[]
  danger?: boolean
  disabled?: boolean
  checked?: boolean
  /** A line above it. */
  separated?: boolean
} & (
  | { run: () => void }
  /** Something to download. */
  | { href: string }
)
