import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js'
import styles from './tooltip-layer.module.css'

interface Tip {
  text: string
  keys: string[]
  left: number
  top: number
  above: boolean
}

const DELAY_MILLISECONDS = 450
/** Moving from one button to the next shows the next tip at once. */
const WARM_MILLISECONDS = 300

/**
 * One tooltip for the whole page: whatever carries `data-tip` has one. The elements name themselves by
 * `aria-label`, so this is for the eye only.
 */
export function TooltipLayer(): JSX.Element {
  const [tip, setTip] = createSignal<Tip | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let owner: Element | null = null
  let hiddenAt = 0

  const show = (element: HTMLElement) => {
    const box = element.getBoundingClientRect()
    const text = element.dataset['tip'] ?? ''
    const above = box.bottom + 40 > window.innerHeight
    // Half of what it may be wide: long texts wrap at the full width.
    const half = text.length > 40 ? 168 : 78
    setTip({
      text,
      keys: element.dataset['tipKeys']?.split(' ') ?? [],
      left: Math.min(Math.max(box.left + box.width / 2, half), window.innerWidth - half),
      top: above ? box.top - 6 : box.bottom + 6,
      above,
    })
  }
  const hide = () => {
    clearTimeout(timer)
    owner = null
    if (tip()) hiddenAt = Date.now()
    setTip(null)
  }
  const enter = (event: Event) => {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tip]') : null
    if (element === owner) return
    hide()
    if (!element) return
    if (event.type === 'focusin' && !element.matches(':focus-visible')) return
    owner = element
    const warm = Date.now() - hiddenAt < WARM_MILLISECONDS
    timer = setTimeout(() => element.isConnected && show(element), warm ? 0 : DELAY_MILLISECONDS)
  }
  const onKey = (event: KeyboardEvent) => event.key === 'Escape' && hide()

  document.addEventListener('pointerover', enter)
  document.addEventListener('focusin', enter)
  document.addEventListener('pointerdown', hide, true)
  document.addEventListener('keydown', onKey, true)
  onCleanup(() => {
    clearTimeout(timer)
    document.removeEventListener('pointerover', enter)
    document.removeEventListener('focusin', enter)
    document.removeEventListener('pointerdown', hide, true)
    document.removeEventListener('keydown', onKey, true)
  })

  return (
    <Show when={tip()}>
      {(shown) => (
        <div
          class={styles['tip']}
          classList={{ [styles['above'] ?? '']: shown().above }}
          style={{ left: `${shown().left}px`, top: `${shown().top}px` }}
          aria-hidden="true"
        >
          {shown().text}
          <For each={shown().keys}>{(key) => <kbd>{key}</kbd>}</For>
        </div>
      )}
    </Show>
  )
}
