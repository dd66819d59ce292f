import type { GitHunks } from '@codenest/runner/protocol'
import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** The parts of a changed file, each with what can be done to it alone. */
export function HunkList(props: { path: string; staged: boolean }): JSX.Element {
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
  const on1 = (id: string, what: 'stage' | 'unstage' | 'discard') =>
    void act('git.hunk', { path: props.path, id, act: what })
  return (
    <div class={styles['hunks']}>
      <Show when={problem()}>{(text) => <p class={styles['note']}>{text()}</p>}</Show>
      <Show when={hunks()?.binary}>
        <p class={styles['note']}>A binary file has no parts: stage it as a whole.</p>
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
                      onClick={() => on1(hunk.id, 'discard')}
                    >
                      Discard
                    </Button>
                    <Button
                      size="sm"
                      tone="quiet"
                      disabled={busy() !== null}
                      onClick={() => on1(hunk.id, 'stage')}
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
                  onClick={() => on1(hunk.id, 'unstage')}
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
        <p class={styles['note']}>Not all of it is shown here.</p>
      </Show>
    </div>
  )
}
