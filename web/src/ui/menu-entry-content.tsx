import { Show, type JSX } from 'solid-js'
import { IconCheck } from './icons.ts'
import type { MenuEntry } from './menu-entry.ts'
import styles from './menu.module.css'

export function MenuEntryContent(props: { entry: MenuEntry }): JSX.Element {
  return (
    <>
      <span class={styles['label']}>{props.entry.label}</span>
      <Show when={props.entry.checked}>
        <IconCheck size={14} />
      </Show>
      <Show when={props.entry.keys}>
        <span class={styles['keys']}>{props.entry.keys?.join(' ')}</span>
      </Show>
    </>
  )
}

export function runEntry(entry: MenuEntry): void {
  if ('run' in entry) return entry.run()
  const link = document.createElement('a')
  link.href = entry.href
  link.download = ''
  link.click()
}
