import { Show, type JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** While a merge, a rebase or the like is under way: on with it, or back. */
export function OperationBanner(): JSX.Element {
  const { act, busy, status } = useSourceControl()
  const state = () => status()?.state ?? 'none'
  const conflicts = () => status()?.conflicts.length ?? 0
  const next = () => {
    if (state() === 'bisect') return 'Mark commits good or bad in the terminal.'
    if (conflicts() > 0) return `${conflicts()} conflict${conflicts() === 1 ? '' : 's'} to settle.`
    return 'All conflicts are settled.'
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
              disabled={conflicts() > 0 || busy() !== null}
              onClick={() => void act('git.continue', {})}
            >
              Continue
            </Button>
          </Show>
          <Button size="sm" disabled={busy() !== null} onClick={() => void act('git.abort', {})}>
            Abort
          </Button>
        </div>
      </div>
    </Show>
  )
}
