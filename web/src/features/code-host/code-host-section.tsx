import type { Publication } from '@codenest/platform/protocol'
import { createSignal, Match, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createCodeHost, type CodeHostModel } from '../../kernel/code-host.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose, IconGit, IconMore, IconUp } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './code-host.module.css'
import { hostName } from './host-name.ts'
import { PublishDialog } from './publish-dialog.tsx'
import { PullRequestDialog } from './pull-request-dialog.tsx'
import { PullRequestRow } from './pull-request-row.tsx'

/** The code host below the branch: where it is pushed to, what waits, its pull request and checks. */
export function CodeHostSection(props: { host: string }): JSX.Element {
  const { api } = useApp()
  const { id, head, workspace } = useSession()
  const branch = () => head()?.branch ?? null
  const commit = () => head()?.commit ?? null
  const model = createCodeHost(api, id, branch, commit)
  const [publishing, setPublishing] = createSignal(false)
  const [asking, setAsking] = createSignal(false)
  const repository = () => model.publication()?.repository
  const mayAsk = () => {
    const known = model.publication()
    if (!known?.pushed || !known.base) return false
    const isDone = known.pullRequest?.state === 'merged' || known.pullRequest?.state === 'closed'
    const isOther = known.base !== known.repository?.name || branch() !== known.into
    return isOther && (known.pullRequest === null || isDone)
  }
  return (
    <section class={styles['section']} aria-label={hostName(props.host)} aria-busy={model.busy() !== null}>
      <header class={styles['header']}>
        <IconGit size={13} aria-hidden="true" />
        <Show when={repository()} fallback={<h3>{hostName(props.host)}</h3>}>
          {(known) => (
            <a href={known().url} target="_blank" rel="noreferrer" data-tip={`Open on ${props.host}`}>
              {known().name}
            </a>
          )}
        </Show>
        <Show when={model.busy() === 'push' || model.busy() === 'fork'}>
          <Spinner size={12} />
        </Show>
        <Show when={model.account()}>
          {(account) => (
            <DropdownMenu
              label={`Account ${account().login}`}
              icon={<IconMore size={14} />}
              entries={[
                { label: 'Look again', run: model.refresh },
                { label: `Disconnect ${account().login}`, run: () => void model.disconnect() },
              ]}
            />
          )}
        </Show>
      </header>
      <Trouble model={model} />
      <Switch>
        <Match when={model.account() === null}>
          <p>Publish this workspace, push branches and open pull requests.</p>
          <div class={styles['ways']}>
            <Button size="sm" busy={model.busy() === 'connect'} onClick={model.connect}>
              Connect {hostName(props.host)}
            </Button>
          </div>
        </Match>
        <Match when={model.publication() && !repository()}>
          <p>This workspace is in no repository there yet.</p>
          <div class={styles['ways']}>
            <Button size="sm" tone="solid" disabled={branch() === null} onClick={() => setPublishing(true)}>
              Publish to {hostName(props.host)}…
            </Button>
          </div>
        </Match>
        <Match when={model.publication()}>
          {(known) => (
            <>
              <Show when={known().pullRequest}>
                {(pull) => <PullRequestRow pull={pull()} isCurrent={pull().commit === commit()} />}
              </Show>
              <div class={styles['ways']}>
                <PushButton model={model} publication={known()} />
                <Show when={mayAsk()}>
                  <Button size="sm" disabled={model.busy() !== null} onClick={() => setAsking(true)}>
                    Create pull request…
                  </Button>
                </Show>
              </div>
            </>
          )}
        </Match>
      </Switch>
      <Show when={publishing() && branch()}>
        {(name) => (
          <PublishDialog
            host={props.host}
            suggested={workspace()?.name ?? id}
            branch={name()}
            model={model}
            onClose={() => setPublishing(false)}
          />
        )}
      </Show>
      <Show when={asking() && branch()}>
        {(name) => (
          <PullRequestDialog
            branch={name()}
            base={model.publication()?.base ?? ''}
            into={model.publication()?.into ?? 'main'}
            model={model}
            onClose={() => setAsking(false)}
          />
        )}
      </Show>
    </section>
  )
}

/** Pushes what the host lacks; where one may not push, a fork comes first. */
function PushButton(props: { model: CodeHostModel; publication: Publication }): JSX.Element {
  const { api, toasts } = useApp()
  const { id, head } = useSession()
  const ahead = () => props.publication.ahead
  const isNew = () => props.publication.pushed === null
  const mayPush = () => props.publication.repository?.mayPush === true
  const label = () => {
    if (!mayPush()) return 'Fork and push'
    if (isNew()) return 'Push branch'
    return ahead() ? `Push ${ahead()} commit${ahead() === 1 ? '' : 's'}` : 'Push'
  }
  const push = async () => {
    const { branch, commit } = head() ?? {}
    if (!branch || !commit) return
    const done = await props.model.act(mayPush() ? 'push' : 'fork', async () => {
      const repository = mayPush() ? props.publication.repository : await api.forkUpstream(id)
      await api.push(id, { branch, commit })
      return repository
    })
    if (done) toasts.show({ tone: 'info', title: `Pushed ${branch} to ${done.name}` })
  }
  return (
    <Show
      when={ahead() !== 0 || isNew()}
      fallback={<span class={styles['done']}>Everything committed is pushed.</span>}
    >
      <Button
        size="sm"
        tone="solid"
        busy={props.model.busy() === 'push' || props.model.busy() === 'fork'}
        disabled={props.model.busy() !== null || head()?.branch === null}
        onClick={() => void push()}
      >
        <IconUp size={13} /> {label()}
      </Button>
    </Show>
  )
}

function Trouble(props: { model: CodeHostModel }): JSX.Element {
  return (
    <Show when={props.model.trouble()}>
      {(trouble) => (
        <div class={styles['trouble']} role="alert">
          <p>{trouble().message}</p>
          <IconButton label="Dismiss" onClick={props.model.dismiss}>
            <IconClose size={13} />
          </IconButton>
          <Show when={trouble().reconnect}>
            <Button size="sm" busy={props.model.busy() === 'connect'} onClick={props.model.connect}>
              Connect again
            </Button>
          </Show>
        </div>
      )}
    </Show>
  )
}
