import { For, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Mark } from '../../ui/wordmark.tsx'
import styles from './welcome.module.css'

const OFFERED = ['palette.files', 'palette.commands', 'run.start', 'terminal.toggle', 'file.new']

/** What an empty editor shows: the few keys worth knowing. */
export function Welcome(): JSX.Element {
  const { commands } = useSession()
  const mac = isMac(navigator.platform)
  const offered = () => OFFERED.flatMap((id) => commands.find(id) ?? [])
  return (
    <div class={styles['welcome']}>
      <span class={styles['mark']}>
        <Mark size={40} />
      </span>
      <ul class={styles['list']}>
        <For each={offered()}>
          {(command) => (
            <li>
              <button type="button" class={styles['row']} onClick={() => commands.run(command.id)}>
                <span>{command.title.replace(/^.*: /, '')}</span>
                <span class={styles['keys']}>
                  <For each={formatKey(command.keys?.[0] ?? '', mac)}>{(key) => <kbd>{key}</kbd>}</For>
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </div>
  )
}
