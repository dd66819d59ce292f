import type { Template, Workspace } from '@codenest/platform/protocol'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import {
  checkValues,
  errorsByField,
  fieldsOf,
  parametersOf,
  type FormValues,
} from '../../kernel/schema-form.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { preloadEngine } from '../editor/load-engine.ts'
import styles from './create-dialog.module.css'
import { ParameterField } from './parameter-field.tsx'

interface CreateDialogProps {
  template: Template
  onClose: () => void
  onCreated: (workspace: Workspace) => void
}

const NAME = /^[a-z]([a-z0-9]|-(?!-))*(?<!-)$/

export function CreateDialog(props: CreateDialogProps): JSX.Element {
  const { api, workspaces } = useApp()
  // While the form is filled in, what comes next is fetched.
  void import('../frame/workspace-page.tsx')
  void preloadEngine()
  const fields = () => fieldsOf(props.template.parameters)
  const [name, setName] = createSignal('')
  const [values, setValues] = createStore<FormValues>({})
  const [errors, setErrors] = createStore<Record<string, string | undefined>>({})
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  let form: HTMLFormElement | undefined

  const check = (): boolean => {
    const wrong: Record<string, string> = {}
    if (name() !== '' && (!NAME.test(name()) || name().length > 40)) {
      wrong['name'] = 'Use up to 40 lower-case letters, digits and single hyphens, starting with a letter.'
    }
    for (const [field, message] of Object.entries(checkValues(fields(), values))) {
      wrong[`parameters.${field}`] = message
    }
    setErrors(wrong)
    form?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
    return Object.keys(wrong).length === 0
  }

  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    if (busy() || !check()) return
    setBusy(true)
    try {
      const source = { template: props.template.name, parameters: parametersOf(fields(), values) }
      const workspace = await api.create(name() === '' ? { source } : { name: name(), source })
      workspaces.put(workspace)
      props.onCreated(workspace)
    } catch (error) {
      const named = error instanceof ApiError ? errorsByField(error.problem) : {}
      setErrors(named)
      const known = new Set(['name', ...fields().map((field) => `parameters.${field.name}`)])
      if (!Object.keys(named).some((key) => known.has(key))) setProblem(messageOf(error))
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`New ${props.template.title} workspace`}
      description={props.template.description}
    >
      <form
        ref={(element) => (form = element)}
        class={styles['form']}
        onSubmit={(event) => void create(event)}
        novalidate
      >
        <Field
          label="Workspace name"
          optional
          hint="Part of its address. Left empty, we find one."
          error={errors['name']}
        >
          {(ids) => (
            <TextInput
              id={ids.id}
              name="name"
              aria-describedby={ids.describedBy}
              invalid={ids.invalid}
              placeholder={`my-${props.template.name}`.slice(0, 40)}
              value={name()}
              onInput={(event) => {
                setName(event.currentTarget.value.trim())
                setErrors('name', undefined)
              }}
            />
          )}
        </Field>
        <For each={fields()}>
          {(field) => (
            <ParameterField
              field={field}
              value={values[field.name] ?? field.initial}
              error={errors[`parameters.${field.name}`]}
              onChange={(value) => {
                setValues(field.name, value)
                setErrors(`parameters.${field.name}`, undefined)
              }}
            />
          )}
        </For>
        <Show when={problem()}>
          {(message) => (
            <p class={styles['problem']} role="alert">
              {message()}
            </p>
          )}
        </Show>
        <DialogActions>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Button type="submit" tone="solid" busy={busy()}>
            Create workspace
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
