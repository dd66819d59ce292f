import { describePlace, readPlace } from '@codenest/platform/repository-place'
import type { Workspace } from '@codenest/platform/protocol'
import { A, useNavigate } from '@solidjs/router'
import {
  createMemo,
  createSignal,
  createUniqueId,
  lazy,
  Match,
  Show,
  Suspense,
  Switch,
  type JSX,
} from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import { openedFrom, repositoryProblem } from '../../kernel/repository-place.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconCheck } from '../../ui/icons.ts'
import { StateDot, stateLabels } from '../../ui/state-dot.tsx'
import styles from './open-repository.module.css'
import { openLinked } from './linked-repository.ts'

const IntroduceDialog = lazy(async () => {
  const { IntroduceDialog } = await import('./introduce-dialog.tsx')
  return { default: IntroduceDialog }
})
const BadgeDialog = lazy(async () => {
  const { BadgeDialog } = await import('./badge-dialog.tsx')
  return { default: BadgeDialog }
})

const ASKS = new Set(['repository_private', 'repository_credentials_refused'])

/** One form for every link to a repository; what was understood is said while it is typed. */
export function OpenRepository(props: { url: string; gitRef: string }): JSX.Element {
  const { api, workspaces } = useApp()
  const navigate = useNavigate()
  const note = createUniqueId()
  const [url, setUrl] = createSignal(props.url)
  const [gitRef, setGitRef] = createSignal(props.gitRef)
  const [problem, setProblem] = createSignal<string | null>(null)
  /** Why the host wants to know who asks. */
  const [asked, setAsked] = createSignal<string | null>(null)
  const [badge, setBadge] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  const place = createMemo(() => (url().trim() === '' ? null : readPlace(url()).place))
  const existing = createMemo(() => {
    const found = place()
    return found && openedFrom(workspaces.items, found, gitRef().trim())
  })

  const open = async () => {
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
      if (error instanceof ApiError && ASKS.has(error.problem.code)) setAsked(error.message)
      else setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }

  openLinked(workspaces, (link) => {
    setUrl(link)
    // Who has it open already chooses; for everybody else the link was the choice.
    if (!existing()) void open()
  })

  return (
    <form
      class={styles['form']}
      onSubmit={(event) => {
        event.preventDefault()
        void open()
      }}
      aria-label="Open a repository"
      novalidate
    >
      <div class={styles['row']}>
        <TextInput
          class={styles['url'] ?? ''}
          type="url"
          name="repository"
          placeholder="Paste a link: a repository, branch, folder, commit or pull request"
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
        <Button
          type="submit"
          tone={existing() ? 'plain' : 'solid'}
          class={styles['submit'] ?? ''}
          busy={busy()}
        >
          {existing() ? 'Open another' : 'Open repository'}
        </Button>
      </div>
      <div id={note} class={styles['note']} role={problem() ? 'alert' : undefined}>
        <Switch>
          <Match when={problem()}>{(message) => <span class={styles['problem']}>{message()}</span>}</Match>
          <Match when={place()}>
            {(found) => (
              <>
                <span class={styles['understood']} data-testid="understood">
                  <IconCheck size={13} /> {describePlace(found())}
                </span>
                <button type="button" class={styles['link']} onClick={() => setBadge(true)}>
                  Badge for a README
                </button>
              </>
            )}
          </Match>
        </Switch>
      </div>
      <Show when={existing()}>{(workspace) => <Existing workspace={workspace()} />}</Show>
      <Suspense>
        <Show when={asked()}>
          {(reason) => (
            <IntroduceDialog
              repository={url().trim()}
              reason={reason()}
              onClose={() => setAsked(null)}
              onKnown={() => {
                setAsked(null)
                void open()
              }}
            />
          )}
        </Show>
        <Show when={badge() && place()}>
          {(found) => <BadgeDialog link={url().trim()} place={found()} onClose={() => setBadge(false)} />}
        </Show>
      </Suspense>
    </form>
  )
}

/** What one has need not be made again. */
function Existing(props: { workspace: Workspace }): JSX.Element {
  return (
    <div class={styles['existing']} data-testid="existing-workspace">
      <StateDot state={props.workspace.state} />
      <span class={styles['has']}>
        You have it open as <strong>{props.workspace.name}</strong>
        <span class={styles['state']}>{stateLabels[props.workspace.state]}</span>
      </span>
      <A
        href={`/w/${props.workspace.id}`}
        state={{ start: true }}
        class={buttonClass('solid', 'sm')}
        data-testid="open-existing"
      >
        Go on there
      </A>
    </div>
  )
}
