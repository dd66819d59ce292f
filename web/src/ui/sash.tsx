import { createSignal, type JSX } from 'solid-js'
import styles from './sash.module.css'

interface SashProps {
  label: string
  /** `vertical` lies between left and right. */
  orientation: 'vertical' | 'horizontal'
  /** Size in CSS pixels of the part that it resizes. */
  value: number
  min: number
  max: number
  /** The part lies after the sash, so that dragging towards the start makes it larger. */
  reverse?: boolean
  onChange: (value: number) => void
  onReset: () => void
}

const STEP = 16

/**
 * The line between two parts. Sizes are pixels of the part that keeps its size, because a side bar that grows with
 * the window is not what anyone wants. Arrow keys move it, a double click puts it back.
 */
export function Sash(props: SashProps): JSX.Element {
  const [dragging, setDragging] = createSignal(false)
  let grip = 0

  const clamp = (value: number) => Math.round(Math.min(Math.max(value, props.min), props.max))
  const position = (event: PointerEvent) => (props.orientation === 'vertical' ? event.clientX : event.clientY)
  const sign = () => (props.reverse ? -1 : 1)

  const onPointerDown = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    grip = position(event) - sign() * props.value
    setDragging(true)
  }
  const onPointerMove = (event: PointerEvent) => {
    if (dragging()) props.onChange(clamp(sign() * (position(event) - grip)))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const forward = props.orientation === 'vertical' ? 'ArrowRight' : 'ArrowDown'
    const back = props.orientation === 'vertical' ? 'ArrowLeft' : 'ArrowUp'
    if (event.key === forward) props.onChange(clamp(props.value + sign() * STEP))
    else if (event.key === back) props.onChange(clamp(props.value - sign() * STEP))
    else if (event.key === 'Home') props.onChange(props.min)
    else if (event.key === 'End') props.onChange(clamp(props.max))
    else if (event.key === 'Enter') props.onReset()
    else return
    event.preventDefault()
  }

  return (
    <div
      role="separator"
      tabindex="0"
      class={styles['sash']}
      classList={{ [styles['dragging'] ?? '']: dragging() }}
      data-orientation={props.orientation}
      aria-label={props.label}
      aria-orientation={props.orientation}
      aria-valuenow={props.value}
      aria-valuemin={props.min}
      aria-valuemax={Math.round(props.max)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => setDragging(false)}
      onPointerCancel={() => setDragging(false)}
      onDblClick={() => props.onReset()}
      onKeyDown={onKeyDown}
    />
  )
}
