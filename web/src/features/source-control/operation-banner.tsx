import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { Button } from '../../ui/button.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** While a merge, a rebase or the like is under way: on with it, or back. */
export function OperationBanner(): JSX.Element {
  const { toasts } = useApp()
  const { act, busy, status } = useSourceControl()
  const state = () => status()?.state ?? 'none'
  const conflicts = () => status()?.conflicts.length ?? 0
  const next = () => {
    if (state() === 'bisect') return 'Mark commits good or bad in the terminal.'
    if (conflicts() > 0) return `${conflicts()} conflict${conflicts() === 1 ? '' : 's'} left to settle below.`
    return state() === 'merge'
      ? 'Nothing is left to settle: continue commits it.'
      : 'Nothing is left to settle.'
  }
  const goOn = async () => {
    const what = state()
    const done = await act('git.continue', {})
    if (done && done.outcome !== 'conflicts') toasts.show({ tone: 'info', title: `The ${what} is done` })
  }
  const abort = async () => {
    const what = state()
    const title = `The ${what} was given up: everything is as it was before`
    if (await act('git.abort', {})) toasts.show({ tone: 'info', title })
  }
  return (
    <Show when={state() !== 'none'}>
      <div class={styles['banner']} role="status">
        <p>
          <strong>A {state()} is under way.</strong> {next()}
        </p>
        <div class={styles['ways']}>
          <Show when={state() !== 'bisect'}>
            <Button
              size="sm"
              tone="solid"
              busy={busy() === 'git.continue'}
              disabled={conflicts() > 0 || busy() !== null}
              onClick={() => void goOn()}
            >
              Continue
            </Button>
          </Show>
          <Button
            size="sm"
            busy={busy() === 'git.abort'}
            disabled={busy() !== null}
            onClick={() => void abort()}
          >
            Abort
          </Button>
        </div>
      </div>
    </Show>
  )
}
