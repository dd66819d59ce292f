import type { Variable } from '@codenest/platform/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { createLoader } from '../../kernel/loader.ts'
import { relativeTime } from '../../kernel/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconPencil, IconTrash } from '../../ui/icons.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import styles from './environment.module.css'
import { VariableForm } from './variable-form.tsx'

/** The variables of a workspace, or (null) of all, by name: each can be replaced and removed. */
export function VariableList(props: { workspace: string | null }): JSX.Element {
  const { api, toasts } = useApp()
  const loaded = createLoader(() => api.variables(props.workspace))
  const [changed, setChanged] = createSignal<Variable[]>()
  const [editing, setEditing] = createSignal<string | null>(null)
  const variables = () => changed() ?? loaded.data() ?? []
  const now = Date.now()

  /** Resolves to what was wrong, null when nothing was. */
  const set = async (name: string, value: string): Promise<string | null> => {
    try {
      setChanged(await api.changeVariables(props.workspace, { set: { [name]: value } }))
      setEditing(null)
      return null
    } catch (error) {
      return messageOf(error)
    }
  }
  const remove = (name: string) => {
    api
      .changeVariables(props.workspace, { remove: [name] })
      .then(setChanged, toasts.failed(`${name} was not removed`))
  }

  return (
    <Show
      when={!loaded.error()}
      fallback={
        <p class={styles['problem']} role="alert">
          {loaded.error()} <Button onClick={loaded.reload}>Try again</Button>
        </p>
      }
    >
      <Show when={!loaded.loading()} fallback={<Skeleton width="100%" height="34px" />}>
        <ul class={styles['variables']} aria-label="Variables">
          <For each={variables()} fallback={<li class={styles['none']}>There is none yet.</li>}>
            {(variable) => (
              <li>
                <Show
                  when={editing() === variable.name}
                  fallback={
                    <>
                      <code>{variable.name}</code>
                      <span class={styles['hidden']} aria-label="The value is hidden">
                        ••••••••
                      </span>
                      <time datetime={variable.changedAt}>
                        {relativeTime(
                          Date.parse(variable.changedAt),
                          Math.max(now, Date.parse(variable.changedAt)),
                        )}
                      </time>
                      <IconButton
                        label={`Replace the value of ${variable.name}`}
                        onClick={() => setEditing(variable.name)}
                      >
                        <IconPencil size={13} />
                      </IconButton>
                      <IconButton label={`Remove ${variable.name}`} onClick={() => remove(variable.name)}>
                        <IconTrash size={13} />
                      </IconButton>
                    </>
                  }
                >
                  <Replacement
                    name={variable.name}
                    onSave={(value) => set(variable.name, value)}
                    onCancel={() => setEditing(null)}
                  />
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <VariableForm taken={variables().map(({ name }) => name)} onSave={set} />
    </Show>
  )
}

function Replacement(props: {
  name: string
  onSave: (value: string) => Promise<string | null>
  onCancel: () => void
}): JSX.Element {
  const [value, setValue] = createSignal('')
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  const save = async () => {
    setBusy(true)
    setProblem(await props.onSave(value()))
    setBusy(false)
  }
  return (
    <form
      class={styles['replace']}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        // The dialog stays.
        event.stopPropagation()
        props.onCancel()
      }}
    >
      <code>{props.name}</code>
      <TextInput
        ref={(input: HTMLInputElement) => queueMicrotask(() => input.focus())}
        type="password"
        mono
        autocomplete="one-time-code"
        aria-label={`New value of ${props.name}`}
        placeholder="New value"
        invalid={problem() !== null}
        value={value()}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <Button size="sm" type="submit" tone="solid" busy={busy()}>
        Replace
      </Button>
      <Button size="sm" tone="quiet" onClick={() => props.onCancel()}>
        Cancel
      </Button>
      <Show when={problem()}>
        {(message) => (
          <p class={styles['problem']} role="alert">
            {message()}
          </p>
        )}
      </Show>
    </form>
  )
}
