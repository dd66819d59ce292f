import type { IdleStatus } from '@codenest/runner/protocol'
import { For, Show, type JSX } from 'solid-js'
import { Popover } from '../../ui/popover.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import styles from './idle.module.css'
import { createIdleSettings } from './idle-settings.ts'
import { idleSentence, lastActivity, spanOf, timeOf } from './idle-words.ts'

const HOUR_MS = 3_600_000
const STOP_AFTER = [15, 30, 60, 240, null]
const CLOSED_AFTER = [5, 10, 30, 60]
const KEEP = [
  { value: '1', label: '1 h' },
  { value: '4', label: '4 h' },
  { value: '12', label: '12 h' },
  { value: '0', label: 'Do not' },
] as const

interface IdlePopoverProps {
  anchor: HTMLElement | undefined
  status: IdleStatus
  now: number
  onClose: () => void
}

/** What keeps the workspace running, by which rule it stops, and how to have it otherwise. */
export function IdlePopover(props: IdlePopoverProps): JSX.Element {
  const settings = createIdleSettings()
  const keepUntil = () => settings.value()?.keepUntil ?? null
  const isKept = () => (keepUntil() ?? 0) > props.now
  const keep = (hours: string) =>
    void settings.change({ keepUntil: hours === '0' ? null : Date.now() + Number(hours) * HOUR_MS })
  return (
    <Popover anchor={props.anchor} label="When the workspace stops" width={360} onClose={props.onClose}>
      <div class={styles['idle']}>
        <section>
          <h2>{idleSentence(props.status, props.now)}</h2>
          <p>{lastActivity(props.status, props.now)}</p>
        </section>
        <section>
          <h3>
            Keep it running for
            <Show when={isKept()}>
              <span class={styles['until']}>until {timeOf(keepUntil() ?? 0, props.now)}</span>
            </Show>
          </h3>
          <Segmented
            label="Keep it running for"
            options={KEEP}
            value={isKept() ? ('' as '0') : '0'}
            onChange={keep}
          />
        </section>
        <section>
          <h3>It stops by itself</h3>
          <label>
            without activity for
            <select
              value={String(settings.value()?.stopAfter ?? null)}
              onChange={(event) => {
                const { value } = event.currentTarget
                void settings.change({ stopAfter: value === 'null' ? null : Number(value) })
              }}
            >
              <For each={choices(STOP_AFTER, settings.value()?.stopAfter)}>
                {(minutes) => (
                  <option value={String(minutes)}>
                    {minutes === null ? 'never stops' : spanOf(minutes)}
                  </option>
                )}
              </For>
            </select>
          </label>
          <label>
            with no page open, for
            <select
              value={String(settings.value()?.closedAfter)}
              onChange={(event) => void settings.change({ closedAfter: Number(event.currentTarget.value) })}
            >
              <For each={choices(CLOSED_AFTER, settings.value()?.closedAfter)}>
                {(minutes) => <option value={String(minutes)}>{spanOf(minutes)}</option>}
              </For>
            </select>
          </label>
          <p>
            Key presses, a page in view, a busy program in a terminal and requests to a preview count. A page
            in the background does not. It never stops before its saves are in the bucket.
          </p>
        </section>
      </div>
    </Popover>
  )
}

/** What one may choose, and what is chosen, by whomever. */
function choices<T extends number | null>(all: T[], chosen: T | undefined): T[] {
  return chosen === undefined || all.includes(chosen) ? all : [...all, chosen]
}
