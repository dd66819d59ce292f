import type { Template } from '@codenest/platform/protocol'
import { createMemo, createSignal, For, Show, type JSX } from 'solid-js'
import { commonTags, searchTemplates } from '../../kernel/template-search.ts'
import { TextInput } from '../../ui/field.tsx'
import { TemplateCard, TemplateCardSkeleton } from './template-card.tsx'
import styles from './template-gallery.module.css'

interface TemplateGalleryProps {
  templates: Template[] | undefined
  loading: boolean
  onChoose: (template: Template) => void
}

/** More than are taken in at a glance. */
const MANY = 8
const TAGS = 7

export function TemplateGallery(props: TemplateGalleryProps): JSX.Element {
  const [query, setQuery] = createSignal('')
  const [tag, setTag] = createSignal<string | null>(null)
  const all = () => props.templates ?? []
  const tags = createMemo(() => commonTags(all(), TAGS))
  const found = createMemo(() => {
    const chosen = tag()
    return searchTemplates(all(), query()).filter(({ tags }) => chosen === null || tags.includes(chosen))
  })

  return (
    <>
      <Show when={all().length > MANY}>
        <div class={styles['filter']} role="search">
          <TextInput
            type="search"
            class={styles['query'] ?? ''}
            aria-label="Search templates"
            placeholder="Search templates"
            value={query()}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <div class={styles['tags']} role="group" aria-label="Tags">
            <For each={tags()}>
              {(name) => (
                <button
                  type="button"
                  aria-pressed={tag() === name}
                  onClick={() => setTag(tag() === name ? null : name)}
                >
                  {name}
                </button>
              )}
            </For>
          </div>
        </div>
      </Show>
      <ul class={styles['grid']}>
        <Show
          when={props.templates || !props.loading}
          fallback={<For each={[1, 2, 3, 4, 5, 6]}>{() => <TemplateCardSkeleton />}</For>}
        >
          <For
            each={found()}
            fallback={
              <p class={styles['none']} role="status">
                {all().length === 0
                  ? 'There is no template in the catalogue yet.'
                  : 'No template is like that. Try another word, or open a repository by its address above.'}
              </p>
            }
          >
            {(template) => <TemplateCard template={template} onChoose={() => props.onChoose(template)} />}
          </For>
        </Show>
      </ul>
    </>
  )
}
