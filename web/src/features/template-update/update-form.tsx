import type { TemplateUpdate } from '@codenest/platform/protocol'
import { createEffect, createMemo, createSignal, on, onCleanup, Show, type JSX } from 'solid-js'
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
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { DialogActions } from '../../ui/dialog.tsx'
import { Refusal } from '../../ui/refusal.tsx'
import { ParameterFields } from '../dashboard/parameter-fields.tsx'
import { ChangedByTemplate } from './changed-by-template.tsx'
import { takeUpdate } from './take-update.ts'
import styles from './template-update.module.css'

/** Milliseconds without a change of the answers before the plan is asked for anew. */
const QUIET = 300

/** The files that change, what has to be answered, and the button. */
export function UpdateForm(props: { update: TemplateUpdate; onClose: () => void }): JSX.Element {
  const app = useApp()
  const session = useSession()
  // oxlint-disable-next-line solid/reactivity -- what was looked at when the form opened
  const { answers, parameters: schema, latest, plan: first, title } = props.update
  const fields = fieldsOf(schema)
  const given = Object.entries(answers).map(([name, value]) => [
    name,
    value === true || value === false ? value : String(value),
  ])
  const [values, setValues] = createStore<FormValues>(Object.fromEntries(given))
  const [errors, setErrors] = createStore<Record<string, string | undefined>>({})
  const [plan, setPlan] = createSignal(first)
  const [problem, setProblem] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)
  const asked = createMemo(() =>
    shownFields(fields, values).filter(({ name }) => !Object.hasOwn(answers, name)),
  )
  const parameters = createMemo(() => JSON.stringify(parametersOf(fields, values)))
  const status = session.sourceControl.status
  const isUnderWay = () => (status()?.state ?? 'none') !== 'none'
  const uncommitted = () => {
    const { staged = [], unstaged = [] } = status() ?? {}
    const tracked = unstaged.filter(({ kind }) => kind !== 'untracked')
    return new Set([...staged, ...tracked].map(({ path }) => path)).size
  }
  let form: HTMLFormElement | undefined

  const replan = async () => {
    const wanted = parameters()
    try {
      const next = await app.api.planTemplateUpdate(session.id, JSON.parse(wanted))
      if (wanted === parameters()) setPlan(next)
    } catch {
      // What is wrong with an answer is told when it is given for good.
      if (wanted === parameters()) setPlan(null)
    }
  }
  createEffect(
    on(
      parameters,
      () => {
        const timer = setTimeout(() => void replan(), QUIET)
        onCleanup(() => clearTimeout(timer))
      },
      { defer: true },
    ),
  )

  const check = (): boolean => {
    const wrong = checkValues(fields, values)
    setErrors(
      Object.fromEntries(Object.entries(wrong).map(([name, message]) => [`parameters.${name}`, message])),
    )
    form?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
    return Object.keys(wrong).length === 0
  }

  const update = async (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    if (busy() || !check()) return
    setBusy(true)
    try {
      const body = { revision: latest ?? '', parameters: JSON.parse(parameters()) }
      const prepared = await app.api.prepareTemplateUpdate(session.id, body)
      props.onClose()
      await takeUpdate(app, session, title, prepared, uncommitted() > 0)
    } catch (error) {
      const named = error instanceof ApiError ? errorsByField(error.problem) : {}
      setErrors(named)
      if (!asked().some(({ name }) => named[`parameters.${name}`])) setProblem(messageOf(error))
      setBusy(false)
    }
  }

  return (
    <form ref={(element) => (form = element)} onSubmit={(event) => void update(event)} novalidate>
      <div class={styles['contents']}>
        <Show when={asked().length > 0}>
          <div class={styles['fields']}>
            <ParameterFields
              fields={asked()}
              values={values}
              errors={errors}
              onChange={(field, value) => {
                setValues(field, value)
                setErrors(`parameters.${field}`, undefined)
              }}
            />
          </div>
        </Show>
        <Show
          when={plan()}
          fallback={<p class={styles['note']}>The files that change show when all is answered.</p>}
        >
          {(current) => <ChangedByTemplate plan={current()} />}
        </Show>
        <Show when={uncommitted()}>
          {(count) => (
            <p class={styles['note']} data-tone="amber">
              {count() === 1 ? '1 file has changes that are' : `${count()} files have changes that are`} not
              committed. They are committed first, so that nothing can get lost in the merge.
            </p>
          )}
        </Show>
        <Show when={isUnderWay()}>
          <p class={styles['note']} data-tone="amber">
            A {status()?.state} is under way. Continue or abort it in source control first.
          </p>
        </Show>
        <Show when={problem()}>{(message) => <Refusal>{message()}</Refusal>}</Show>
      </div>
      <DialogActions>
        <Button
          onClick={() => {
            session.templateUpdate.putOff()
            props.onClose()
          }}
        >
          Not now
        </Button>
        <Button
          type="submit"
          tone="solid"
          busy={busy()}
          disabled={isUnderWay()}
          data-autofocus={asked().length === 0}
        >
          {uncommitted() > 0 ? 'Commit and update' : 'Update'}
        </Button>
      </DialogActions>
    </form>
  )
}
