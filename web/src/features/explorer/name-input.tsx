import { createSignal, onMount, Show, type JSX } from 'solid-js'
import { nameProblem } from '../../kernel/paths.ts'
import type { ExplorerModel } from './explorer-model.ts'
import { FileIcon, FolderIcon } from './file-icon.tsx'
import styles from './file-tree.module.css'
import { INDENT } from './tree-item.tsx'

interface NameInputProps {
  level: number
  folder: boolean
  initial: string
  model: ExplorerModel
  label: string
}

/** A row whose name is being typed. Enter takes it, Escape gives up, leaving takes it when it is fine. */
export function NameInput(props: NameInputProps): JSX.Element {
  const [name, setName] = createSignal(props.initial)
  const [problem, setProblem] = createSignal<string | null>(null)
  let input: HTMLInputElement | undefined
  let isDone = false

  const commit = async () => {
    if (isDone) return
    isDone = true
    setProblem(await props.model.commitEdit(name()))
    isDone = problem() === null
  }
  const leave = () => {
    if (isDone) return
    if (name().trim() === '' || name() === props.initial || nameProblem(name().trim()))
      props.model.cancelEdit()
    else void commit()
  }
  onMount(() => {
    const dot = props.initial.lastIndexOf('.')
    // After the menu or the key that led here has given the focus back.
    setTimeout(() => {
      input?.focus()
      input?.setSelectionRange(0, dot > 0 && !props.folder ? dot : props.initial.length)
    })
  })

  return (
    <div class={styles['row']} data-current="true">
      <span class={styles['guides']} style={{ width: `${(props.level - 1) * INDENT}px` }} />
      <span class={styles['chevron']} />
      <Show when={props.folder} fallback={<FileIcon name={name()} />}>
        <FolderIcon open={false} />
      </Show>
      <span class={styles['editor']}>
        <input
          ref={(element) => (input = element)}
          class={styles['input']}
          aria-label={props.label}
          aria-invalid={problem() ? 'true' : undefined}
          spellcheck={false}
          autocomplete="off"
          value={name()}
          onInput={(event) => {
            setName(event.currentTarget.value)
            setProblem(null)
          }}
          onBlur={leave}
          onClick={(event) => event.stopPropagation()}
          onKeyDown={(event) => {
            event.stopPropagation()
            if (event.isComposing) return
            if (event.key === 'Enter') void commit()
            if (event.key === 'Escape') {
              isDone = true
              props.model.cancelEdit()
            }
          }}
        />
        <Show when={problem()}>
          {(message) => (
            <span class={styles['problem']} role="alert">
              {message()}
            </span>
          )}
        </Show>
      </span>
    </div>
  )
}
