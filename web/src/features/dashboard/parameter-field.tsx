import { For, Match, Switch, type JSX } from 'solid-js'
import type { SchemaField } from '../../kernel/schema-form.ts'
import { Field, inputClass, TextInput } from '../../ui/field.tsx'
import styles from './create-dialog.module.css'

interface ParameterFieldProps {
  field: SchemaField
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}

export function ParameterField(props: ParameterFieldProps): JSX.Element {
  return (
    <Switch
      fallback={
        <Field
          label={props.field.label}
          hint={props.field.hint}
          error={props.error}
          optional={!props.field.required && props.field.initial === ''}
        >
          {(ids) => (
            <Switch
              fallback={
                <TextInput
                  id={ids.id}
                  name={props.field.name}
                  inputmode={props.field.kind === 'number' ? 'decimal' : 'text'}
                  aria-describedby={ids.describedBy}
                  invalid={ids.invalid}
                  value={String(props.value)}
                  onInput={(event) => props.onChange(event.currentTarget.value)}
                />
              }
            >
              <Match when={props.field.kind === 'choice'}>
                <select
                  id={ids.id}
                  name={props.field.name}
                  class={inputClass}
                  aria-describedby={ids.describedBy}
                  onChange={(event) => props.onChange(event.currentTarget.value)}
                >
                  <For each={props.field.choices}>
                    {(choice) => (
                      <option value={choice} selected={choice === props.value}>
                        {choice}
                      </option>
                    )}
                  </For>
                </select>
              </Match>
            </Switch>
          )}
        </Field>
      }
    >
      <Match when={props.field.kind === 'switch'}>
        <label class={styles['switch']}>
          <input
            type="checkbox"
            name={props.field.name}
            checked={props.value === true}
            onChange={(event) => props.onChange(event.currentTarget.checked)}
          />
          <div>
            <span>{props.field.label}</span>
            <small>{props.error ?? props.field.hint}</small>
          </div>
        </label>
      </Match>
    </Switch>
  )
}
