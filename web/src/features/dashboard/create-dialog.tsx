import type { Template, TemplatePreview as Preview, Workspace } from '@codenest/platform/protocol'
import { createMemo, createSignal, Show, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import {
  checkValues,
  errorsByField,
  fieldsOf,
  parametersOf,
  shownFields,
  type FormValues,
} from '../../kernel/schema-form.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Refusal } from '../../ui/refusal.tsx'
import { preloadEngine } from '../editor/load-engine.ts'
import styles from './create-dialog.module.css'
import { ParameterFields } from './parameter-fields.tsx'
import { TemplatePreview } from './template-preview.tsx'

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
  const [busy, setBusy] = createSignal<'create' | 'preview' | null>(null)
  const [preview, setPreview] = createSignal<Preview | null>(null)
  const shown = createMemo(() => shownFields(fields(), values))
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

  const parameters = () => parametersOf(fields(), values)

  /** Puts what was refused to its fields; the rest is said below the form. */
  const refuse = (error: unknown) => {
    const named = error instanceof ApiError ? errorsByField(error.problem) : {}
    setErrors(named)
    setPreview(null)
    const known = new Set(['name', ...shown().map((field) => `parameters.${field.name}`)])
    if (!Object.keys(named).some((key) => known.has(key))) setProblem(messageOf(error))
  }

  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    if (busy() || !check()) return
    setBusy('create')
    try {
      const source = { template: props.template.name, parameters: parameters() }
      const workspace = await api.create(name() === '' ? { source } : { name: name(), source })
      workspaces.put(workspace)
      props.onCreated(workspace)
    } catch (error) {
      refuse(error)
      setBusy(null)
    }
  }

  const show = async () => {
    setProblem(null)
    if (busy() || !check()) return
    setBusy('preview')
    try {
      setPreview(await api.previewTemplate(props.template.name, parameters()))
    } catch (error) {
      refuse(error)
    } finally {
      setBusy(null)
    }
  }

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`New ${props.template.title} workspace`}
      description={preview() ? 'This is what it would begin with.' : props.template.description}
      width={preview() ? 900 : 480}
    >
      <form
        ref={(element) => (form = element)}
        class={styles['form']}
        onSubmit={(event) => void create(event)}
        novalidate
      >
        <Show when={preview()}>{(files) => <TemplatePreview preview={files()} />}</Show>
        <Show when={props.template.own?.trusted === false && !preview()}>
          <p class={styles['untrusted']}>
            It is not trusted yet: what it would run waits, and your variables and secrets are withheld, until
            you trust the workspace.
          </p>
        </Show>
        <div class={styles['fields']} hidden={preview() !== null}>
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
                placeholder={`my-${props.template.name.replace(/^my-/, '')}`.slice(0, 40)}
                value={name()}
                onInput={(event) => {
                  setName(event.currentTarget.value.trim())
                  setErrors('name', undefined)
                }}
              />
            )}
          </Field>
          <ParameterFields
            fields={shown()}
            values={values}
            errors={errors}
            onChange={(field, value) => {
              setValues(field, value)
              setErrors(`parameters.${field}`, undefined)
            }}
          />
        </div>
        <Show when={problem()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
        <DialogActions>
          <Show
            when={preview()}
            fallback={
              <>
                <Button class={styles['aside'] ?? ''} busy={busy() === 'preview'} onClick={() => void show()}>
                  Preview
                </Button>
                <Button onClick={() => props.onClose()}>Cancel</Button>
              </>
            }
          >
            <Button class={styles['aside'] ?? ''} onClick={() => setPreview(null)}>
              Back
            </Button>
          </Show>
          <Button type="submit" tone="solid" busy={busy() === 'create'}>
            Create workspace
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
