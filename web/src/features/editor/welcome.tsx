import { For, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Mark } from '../../ui/wordmark.tsx'
import styles from './welcome.module.css'

const OFFERED: [command: string, label: string][] = [
  ['palette.files', 'Go to file'],
  ['palette.commands', 'All commands'],
  ['run.start', 'Run the app'],
  ['terminal.toggle', 'Terminal'],
  ['file.new', 'New file'],
]

/** What an empty editor shows: the few keys worth knowing. */
export function Welcome(): JSX.Element {
  const { commands } = useSession()
  const mac = isMac(navigator.platform)
  const offered = () =>
    OFFERED.flatMap(([id, label]) => {
      const command = commands.find(id)
      return command ? [{ id, label, key: command.keys?.[0] ?? '' }] : []
    })
  return (
    <div class={styles['welcome']}>
      <span class={styles['mark']}>
        <Mark size={40} />
      </span>
      <ul class={styles['list']}>
        <For each={offered()}>
          {(item) => (
            <li>
              <button type="button" class={styles['row']} onClick={() => commands.run(item.id)}>
                <span>{item.label}</span>
                <span class={styles['keys']}>
                  <For each={formatKey(item.key, mac)}>{(key) => <kbd>{key}</kbd>}</For>
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </div>
  )
}
