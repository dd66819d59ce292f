import { For, Show, type JSX } from 'solid-js'
import type { DiffSlider } from '../../kernel/diffs.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconChevronLeft, IconChevronRight } from '../../ui/icons.ts'
import { Segmented } from '../../ui/segmented.tsx'
import styles from './diff-slider-bar.module.css'

const AGAINST = [
  { value: 'now', label: 'with now' },
  { value: 'before', label: 'with the one before' },
] as const

/** Runs through all that a file has been. Arrow keys go one by one, Page Up and Page Down in larger steps. */
export function DiffSliderBar(props: { slider: DiffSlider }): JSX.Element {
  const last = () => props.slider.count() - 1
  const step = (by: number) => props.slider.move(props.slider.position() + by)
  return (
    <div class={styles['bar']} role="group" aria-label="Through the history of the file">
      <div class={styles['line']}>
        <IconButton label="Older" disabled={props.slider.position() <= 0} onClick={() => step(-1)}>
          <IconChevronLeft size={15} />
        </IconButton>
        <span class={styles['track']}>
          <input
            type="range"
            data-testid="history-slider"
            aria-label="Save"
            aria-valuetext={props.slider.description()}
            min={0}
            max={Math.max(last(), 0)}
            value={props.slider.position()}
            style={{ '--done': last() > 0 ? props.slider.position() / last() : 1 }}
            onInput={(event) => props.slider.move(event.currentTarget.valueAsNumber)}
          />
          {/* One mark for each while they can be told apart. */}
          <Show when={props.slider.count() > 1 && props.slider.count() <= 60}>
            <span class={styles['marks']} aria-hidden="true">
              <For each={Array.from({ length: props.slider.count() })}>{() => <i />}</For>
            </span>
          </Show>
        </span>
        <IconButton label="Newer" disabled={props.slider.position() >= last()} onClick={() => step(1)}>
          <IconChevronRight size={15} />
        </IconButton>
        <span class={styles['count']} aria-hidden="true">
          {props.slider.position() + 1} of {props.slider.count()}
          {props.slider.hasOlder() ? '+' : ''}
        </span>
      </div>
      <div class={styles['line']}>
        <p class={styles['label']} title={props.slider.description()} aria-hidden="true">
          {props.slider.label()}
        </p>
        <Segmented
          label="Compare"
          options={AGAINST}
          value={props.slider.against()}
          onChange={props.slider.setAgainst}
        />
        <Button
          size="sm"
          disabled={props.slider.restore() === null}
          onClick={() => props.slider.restore()?.()}
        >
          Restore…
        </Button>
      </div>
    </div>
  )
}
