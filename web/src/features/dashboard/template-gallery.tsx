import type { Template } from '@codenest/platform/protocol'
import { createMemo, createSignal, For, lazy, Show, Suspense, type JSX } from 'solid-js'
import { commonTags, searchTemplates } from '../../kernel/template-search.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconPlus } from '../../ui/icons.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { TemplateCard, TemplateCardSkeleton } from './template-card.tsx'
import styles from './template-gallery.module.css'

const AddTemplateDialog = lazy(async () => ({
  default: (await import('../templates/add-template-dialog.tsx')).AddTemplateDialog,
}))

export type TemplateView = 'all' | 'mine'

interface TemplateGalleryProps {
  templates: Template[] | undefined
  loading: boolean
  view: TemplateView
  onView: (view: TemplateView) => void
  onChoose: (template: Template) => void
  /** There are others now. */
  onChanged: () => void
}

/** More than are taken in at a glance. */
const MANY = 8
const TAGS = 7
const VIEWS = [
  { value: 'all', label: 'All' },
  { value: 'mine', label: 'My templates' },
] as const
const NO_OWN =
  'You have no template of your own yet. “Use as template” in the menu of a workspace makes one, or add one by the address of its repository.'
const NO_MATCH = 'No template is like that. Try another word, or open a repository by its address above.'

export function TemplateGallery(props: TemplateGalleryProps): JSX.Element {
  const [query, setQuery] = createSignal('')
  const [tag, setTag] = createSignal<string | null>(null)
  const [adding, setAdding] = createSignal(false)
  const all = () => (props.templates ?? []).filter(({ own }) => props.view === 'all' || own !== null)
  const none = () =>
    all().length > 0
      ? NO_MATCH
      : props.view === 'mine'
        ? NO_OWN
        : 'There is no template in the catalogue yet.'
  const tags = createMemo(() => commonTags(all(), TAGS))
  const found = createMemo(() => {
    const chosen = tag()
    return searchTemplates(all(), query()).filter(({ tags }) => chosen === null || tags.includes(chosen))
  })

  return (
    <>
      <div class={styles['filter']} role="search">
        <Segmented
          label="Which templates"
          options={VIEWS}
          value={props.view}
          onChange={(view) => {
            setTag(null)
            props.onView(view)
          }}
        />
        <Button size="sm" class={styles['add'] ?? ''} onClick={() => setAdding(true)}>
          <IconPlus size={13} /> Add by URL
        </Button>
        <Show when={all().length > MANY}>
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
        </Show>
      </div>
      <ul class={styles['grid']}>
        <Show
          when={props.templates || !props.loading}
          fallback={<For each={[1, 2, 3, 4, 5, 6]}>{() => <TemplateCardSkeleton />}</For>}
        >
          <For
            each={found()}
            fallback={
              <p class={styles['none']} role="status">
                {none()}
              </p>
            }
          >
            {(template) => (
              <TemplateCard
                template={template}
                onChoose={() => props.onChoose(template)}
                onChanged={props.onChanged}
              />
            )}
          </For>
        </Show>
      </ul>
      <Suspense>
        <Show when={adding()}>
          <AddTemplateDialog
            onClose={() => setAdding(false)}
            onAdded={(template) => {
              setAdding(false)
              props.onChanged()
              props.onView('mine')
              if (template.problem === null) props.onChoose(template)
            }}
          />
        </Show>
      </Suspense>
    </>
  )
}
