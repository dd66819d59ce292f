import type { WorkspaceSettings } from '@codenest/platform/protocol'
import { createSignal, For, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import styles from './saves.module.css'

type Choice = WorkspaceSettings['ignoredFiles']

const CHOICES: { value: Choice; label: string; hint: string }[] = [
  {
    value: 'keep',
    label: 'Keep them',
    hint: 'An ignored file that you save here, like .env, goes into saves.',
  },
  { value: 'local', label: 'Leave them local', hint: 'They stay on the workspace’s disk, until it stops.' },
]

/** The setting of what becomes of ignored files that are edited here. */
export function IgnoredFiles(): JSX.Element {
  const { api, toasts, workspaces } = useApp()
  const { id, connection, readiness, workspace } = useSession()
  const [wanted, setWanted] = createSignal<Choice | null>(null)
  const chosen = () => wanted() ?? workspace()?.settings.ignoredFiles ?? 'keep'

  const sayLater = () =>
    toasts.show({
      tone: 'info',
      title: 'The setting holds from the next start',
      detail: 'The workspace did not answer. Stop and start it to have it hold now.',
    })

  const choose = async (ignoredFiles: Choice) => {
    setWanted(ignoredFiles)
    try {
      workspaces.put(await api.changeSettings(id, { ignoredFiles }))
    } catch (error) {
      setWanted(null)
      return toasts.failed('The setting was not changed')(error)
    }
    // A workspace that does not run reads it when it starts.
    if (readiness.isReady()) await connection.request('saves.configure', { ignoredFiles }).catch(sayLater)
    setWanted(null)
  }

  return (
    <fieldset class={styles['setting']} disabled={wanted() !== null}>
      <legend>Ignored files that are saved in the editor</legend>
      <For each={CHOICES}>
        {({ value, label, hint }) => (
          <label>
            <input
              type="radio"
              name="ignored-files"
              checked={chosen() === value}
              onChange={() => void choose(value)}
            />
            <span>
              {label}
              <small>{hint}</small>
            </span>
          </label>
        )}
      </For>
    </fieldset>
  )
}
