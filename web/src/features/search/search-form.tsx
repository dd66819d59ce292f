import { Show, type JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconChevronRight, IconMore } from '../../ui/icons.ts'
import type { SearchModel } from './search-model.ts'
import styles from './search.module.css'

interface SearchFormProps {
  model: SearchModel
  canReplace: boolean
  onReplace: () => void
}

export function SearchForm(props: SearchFormProps): JSX.Element {
  const form = () => props.model.form
  const box = (label: string, field: 'replacement' | 'include' | 'exclude', placeholder: string) => (
    <input
      class={styles['input']}
      aria-label={label}
      placeholder={placeholder}
      value={form()[field]}
      spellcheck={false}
      autocomplete="off"
      autocapitalize="off"
      onInput={(event) => props.model.set(field, event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && !event.isComposing && props.model.run()}
    />
  )
  return (
    <search class={styles['form']}>
      <IconButton
        label={form().replaces ? 'Search only' : 'Search and replace'}
        class={styles['fold'] ?? ''}
        aria-expanded={form().replaces}
        onClick={() => props.model.set('replaces', !form().replaces)}
      >
        <IconChevronRight size={13} />
      </IconButton>
      <div class={styles['boxes']}>
        <div class={styles['field']}>
          <input
            class={styles['input']}
            data-side-focus
            aria-label="Search"
            placeholder="Search"
            value={form().text}
            aria-invalid={props.model.problem() ? 'true' : undefined}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            onInput={(event) => props.model.set('text', event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && !event.isComposing && props.model.run()}
          />
          <span class={styles['toggles']}>
            <Toggle label="Match case" sign="Aa" field="caseSensitive" model={props.model} />
            <Toggle label="Whole words" sign="ab" field="word" model={props.model} />
            <Toggle label="Regular expression" sign=".*" field="regex" model={props.model} />
          </span>
        </div>
        <Show when={form().replaces}>
          <div class={styles['replace']}>
            {box('Replace with', 'replacement', 'Replace with')}
            <Button
              size="sm"
              disabled={!props.canReplace || props.model.searching()}
              busy={props.model.replacing()}
              onClick={() => props.onReplace()}
            >
              Replace all
            </Button>
          </div>
        </Show>
        <Show when={form().details}>
          {box('Files to include', 'include', 'Include: src, *.ts')}
          {box('Files to exclude', 'exclude', 'Exclude: docs, *.test.ts')}
        </Show>
      </div>
      <IconButton
        label="Which files"
        class={styles['details'] ?? ''}
        aria-expanded={form().details}
        onClick={() => props.model.set('details', !form().details)}
      >
        <IconMore size={14} />
      </IconButton>
    </search>
  )
}

function Toggle(props: {
  label: string
  sign: string
  field: 'caseSensitive' | 'word' | 'regex'
  model: SearchModel
}): JSX.Element {
  return (
    <button
      type="button"
      class={styles['toggle']}
      aria-label={props.label}
      aria-pressed={props.model.form[props.field]}
      data-tip={props.label}
      data-kind={props.field}
      onClick={() => props.model.set(props.field, !props.model.form[props.field])}
    >
      {props.sign}
    </button>
  )
}
