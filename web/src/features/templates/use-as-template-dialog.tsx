import type { Template, Workspace } from '@codenest/platform/protocol'
import { createSignal, Show, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Refusal } from '../../ui/refusal.tsx'
import styles from './template-dialog.module.css'

interface UseAsTemplateDialogProps {
  workspace: Pick<Workspace, 'id' | 'name'>
  onClose: () => void
  onCreated: (template: Template) => void
}

/** Makes a template of one's own of the newest save of a workspace. */
export function UseAsTemplateDialog(props: UseAsTemplateDialogProps): JSX.Element {
  const { api } = useApp()
  const [values, setValues] = createStore({ title: titleOf(props.workspace.name), description: '' })
  const [missing, setMissing] = createStore<Partial<Record<'title' | 'description', string | undefined>>>({})
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)

  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    const [title, description] = [values.title.trim(), values.description.trim()]
    setMissing({
      title: title === '' ? 'Say what it is called.' : undefined,
      description: description === '' ? 'Say what it is for, in a few words.' : undefined,
    })
    setProblem(null)
    if (busy() || title === '' || description === '') return
    setBusy(true)
    try {
      props.onCreated(await api.createTemplate({ workspace: props.workspace.id, title, description }))
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  const change = (field: 'title' | 'description') => (event: { currentTarget: HTMLInputElement }) => {
    setValues(field, event.currentTarget.value)
    setMissing(field, undefined)
  }

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Use ${props.workspace.name} as a template`}
      description="New workspaces begin with the files of its newest save, without those that Git ignores and without its history. Only you see it, under “My templates”."
    >
      <form class={styles['form']} onSubmit={(event) => void create(event)} novalidate>
        <Field label="Title" error={missing.title}>
          {(ids) => (
            <TextInput
              id={ids.id}
              name="title"
              aria-describedby={ids.describedBy}
              invalid={ids.invalid}
              maxlength={80}
              value={values.title}
              onInput={change('title')}
            />
          )}
        </Field>
        <Field label="Description" hint="What it is good for, in a sentence." error={missing.description}>
          {(ids) => (
            <TextInput
              id={ids.id}
              name="description"
              aria-describedby={ids.describedBy}
              invalid={ids.invalid}
              maxlength={300}
              value={values.description}
              onInput={change('description')}
            />
          )}
        </Field>
        <Show when={problem()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button type="submit" tone="solid" busy={busy()}>
            Make the template
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** `Corner shop` for `corner-shop`. */
function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
}
