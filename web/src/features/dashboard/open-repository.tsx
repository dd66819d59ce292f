import { useNavigate } from '@solidjs/router'
import { createSignal, createUniqueId, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { repositoryProblem } from '../../kernel/repository-url.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import styles from './open-repository.module.css'

export function OpenRepository(props: { url: string; gitRef: string }): JSX.Element {
  const { api, workspaces } = useApp()
  const navigate = useNavigate()
  const note = createUniqueId()
  const [url, setUrl] = createSignal(props.url)
  const [gitRef, setGitRef] = createSignal(props.gitRef)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)

  const open = async (event: SubmitEvent) => {
    event.preventDefault()
    const repository = url().trim()
    const wrong = repositoryProblem(repository)
    setProblem(wrong)
    if (wrong || busy()) return
    setBusy(true)
    try {
      const ref = gitRef().trim()
      const workspace = await api.create({ source: ref === '' ? { repository } : { repository, ref } })
      workspaces.put(workspace)
      navigate(`/w/${workspace.id}`)
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      class={styles['form']}
      onSubmit={(event) => void open(event)}
      aria-label="Open a repository"
      novalidate
    >
      <div class={styles['row']}>
        <TextInput
          class={styles['url'] ?? ''}
          type="url"
          name="repository"
          placeholder="https://github.com/owner/repository"
          aria-label="Repository address"
          aria-describedby={note}
          invalid={problem() !== null}
          value={url()}
          onInput={(event) => {
            setUrl(event.currentTarget.value)
            setProblem(null)
          }}
        />
        <TextInput
          class={styles['ref'] ?? ''}
          name="ref"
          placeholder="Branch or tag"
          aria-label="Branch or tag (optional)"
          value={gitRef()}
          onInput={(event) => setGitRef(event.currentTarget.value)}
        />
        <Button type="submit" tone="solid" class={styles['submit'] ?? ''} busy={busy()}>
          Open repository
        </Button>
      </div>
      <p id={note} class={styles['note']} role={problem() ? 'alert' : undefined}>
        <Show when={problem()}>{(message) => <span class={styles['problem']}>{message()}</span>}</Show>
      </p>
    </form>
  )
}
