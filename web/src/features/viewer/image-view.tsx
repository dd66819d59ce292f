import { createSignal, type JSX } from 'solid-js'
import styles from './file-viewer.module.css'

interface ImageViewProps {
  url: string
  name: string
  onFacts: (facts: string) => void
  onError: () => void
}

/** An image as large as there is room, or pixel by pixel after a click. */
export function ImageView(props: ImageViewProps): JSX.Element {
  const [isFull, setIsFull] = createSignal(false)
  return (
    <button
      type="button"
      class={styles['frame']}
      aria-pressed={isFull()}
      aria-label={`${props.name}: ${isFull() ? 'fit into the window' : 'show in full size'}`}
      onClick={() => setIsFull(!isFull())}
    >
      <img
        class={styles['image']}
        src={props.url}
        alt={props.name}
        draggable={false}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          props.onFacts(naturalWidth > 0 ? `${naturalWidth} × ${naturalHeight}` : '')
        }
        onError={() => props.onError()}
      />
    </button>
  )
}
