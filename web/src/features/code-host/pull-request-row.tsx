import type { Check, PullRequest } from '@codenest/platform/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import {
  IconCheck,
  IconChevronRight,
  IconClose,
  IconMerged,
  IconMinus,
  IconPullRequest,
} from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './code-host.module.css'

const STATES: Record<PullRequest['state'], string> = {
  open: 'Open',
  draft: 'Draft',
  merged: 'Merged',
  closed: 'Closed',
}

/** The pull request of the branch, and below it what its checks say. */
export function PullRequestRow(props: { pull: PullRequest; isCurrent: boolean }): JSX.Element {
  const failed = () => props.pull.checks.filter(({ state }) => state === 'failed')
  const [chosen, choose] = createSignal<boolean | null>(null)
  // What went wrong is in sight; what went well on demand.
  const open = () => chosen() ?? failed().length > 0
  return (
    <div class={styles['pull']} data-state={props.pull.state}>
      <p class={styles['title']}>
        <Show
          when={props.pull.state === 'merged'}
          fallback={<IconPullRequest size={13} aria-hidden="true" />}
        >
          <IconMerged size={13} aria-hidden="true" />
        </Show>
        <a href={props.pull.url} target="_blank" rel="noreferrer">
          {props.pull.title}
        </a>
        <span class={styles['number']}>#{props.pull.number}</span>
        <span class={styles['state']}>{STATES[props.pull.state]}</span>
      </p>
      <Show when={props.pull.checks.length > 0}>
        <button
          type="button"
          class={styles['summary']}
          aria-expanded={open()}
          onClick={() => choose(!open())}
        >
          <IconChevronRight size={12} aria-hidden="true" />
          {summaryOf(props.pull.checks)}
          <Show when={!props.isCurrent}> (of an earlier commit)</Show>
        </button>
        <Show when={open()}>
          <ul class={styles['checks']} aria-label="Checks">
            <For each={inOrder(props.pull.checks)}>
              {(check) => (
                <li data-state={check.state}>
                  <CheckIcon state={check.state} />
                  <Show when={check.url} fallback={<span>{check.name}</span>}>
                    {(url) => (
                      <a href={url()} target="_blank" rel="noreferrer">
                        {check.name}
                      </a>
                    )}
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </Show>
    </div>
  )
}

function CheckIcon(props: { state: Check['state'] }): JSX.Element {
  return (
    <Show when={props.state !== 'pending'} fallback={<Spinner size={11} />}>
      <Show
        when={props.state === 'passed'}
        fallback={
          <Show when={props.state === 'failed'} fallback={<IconMinus size={13} aria-label="skipped" />}>
            <IconClose size={13} aria-label="failed" />
          </Show>
        }
      >
        <IconCheck size={13} aria-label="passed" />
      </Show>
    </Show>
  )
}

function summaryOf(checks: Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const parts = [
    [count('failed'), 'failed'],
    [count('pending'), 'running'],
    [count('passed'), 'passed'],
    [count('skipped'), 'skipped'],
  ] as const
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `Checks: ${told.join(', ')}`
}

const ORDER: Check['state'][] = ['failed', 'pending', 'passed', 'skipped']

function inOrder(checks: Check[]): Check[] {
  return checks.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
}
