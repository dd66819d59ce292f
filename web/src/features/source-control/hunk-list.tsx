import type { GitHunks } from '@codenest/runner/protocol'
import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { PanelNote } from '../../ui/side-panel.tsx'
import { useSourceControl } from './context.ts'
import type { Discarding } from './discarding.ts'
import styles from './hunk-list.module.css'

/** The parts of a changed file, each with what can be done to it alone. */
export function HunkList(props: { path: string; staged: boolean; discard: Discarding }): JSX.Element {
  const { connection } = useSession()
  const { act, busy, version } = useSourceControl()
  const [hunks, setHunks] = createSignal<GitHunks | null>(null)
  const [problem, setProblem] = createSignal<string | null>(null)
  createEffect(
    on([version, () => props.path], () => {
      connection.request('git.hunks', { path: props.path, staged: props.staged }).then(
        (found) => (setHunks(found), setProblem(null)),
        (error: unknown) => setProblem(messageOf(error)),
      )
    }),
  )
  const move = (id: string, what: 'stage' | 'unstage') =>
    void act('git.hunk', { path: props.path, id, act: what })
  return (
    <div class={styles['hunks']}>
      <Show when={problem()}>{(text) => <PanelNote role="alert">{text()}</PanelNote>}</Show>
      <Show when={hunks()?.binary}>
        <PanelNote>A binary file has no parts: stage it as a whole.</PanelNote>
      </Show>
      <For each={hunks()?.hunks}>
        {(hunk) => (
          <article class={styles['hunk']} aria-label={`Line ${hunk.line}`}>
            <header>
              <span>
                Line {hunk.line} {hunk.section}
              </span>
              <Show
                when={props.staged}
                fallback={
                  <>
                    <Button
                      size="sm"
                      tone="quiet"
                      disabled={busy() !== null}
                      onClick={() => void props.discard.hunk(props.path, hunk.id)}
                    >
                      Discard
                    </Button>
                    <Button
                      size="sm"
                      tone="quiet"
                      disabled={busy() !== null}
                      onClick={() => move(hunk.id, 'stage')}
                    >
                      Stage
                    </Button>
                  </>
                }
              >
                <Button
                  size="sm"
                  tone="quiet"
                  disabled={busy() !== null}
                  onClick={() => move(hunk.id, 'unstage')}
                >
                  Unstage
                </Button>
              </Show>
            </header>
            <pre>
              <For each={hunk.lines}>{(line) => <span data-sign={line[0]}>{`${line}\n`}</span>}</For>
            </pre>
          </article>
        )}
      </For>
      <Show when={hunks()?.truncated}>
        <PanelNote>Not all of it is shown here.</PanelNote>
      </Show>
    </div>
  )
}
