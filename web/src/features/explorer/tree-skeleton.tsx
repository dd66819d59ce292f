import { For, type JSX } from 'solid-js'
import { Skeleton } from '../../ui/skeleton.tsx'

const SHAPE = [
  [0, 88],
  [0, 64],
  [1, 96],
  [1, 72],
  [1, 110],
  [0, 56],
  [0, 92],
  [0, 78],
] as const

/** As high as the rows that will stand here. */
export function TreeSkeleton(): JSX.Element {
  return (
    <div role="status" aria-label="Files are loading">
      <For each={SHAPE}>
        {([level, width]) => (
          <div style={{ height: 'var(--row)', padding: `6px 14px 6px ${18 + level * 12}px` }}>
            <Skeleton width={`${width}px`} height="10px" />
          </div>
        )}
      </For>
    </div>
  )
}
