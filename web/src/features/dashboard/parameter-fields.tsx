import { For, type JSX } from 'solid-js'
import type { FormValues, SchemaField } from '../../kernel/schema-form.ts'
import { ParameterField } from './parameter-field.tsx'

interface ParameterFieldsProps {
  fields: SchemaField[]
  values: FormValues
  /** By name as the API has it: `parameters.<name>`. */
  errors: Record<string, string | undefined>
  onChange: (name: string, value: string | boolean) => void
}

/** The parameters of a template, in the order in which they are asked for. */
export function ParameterFields(props: ParameterFieldsProps): JSX.Element {
  return (
    <For each={props.fields}>
      {(field) => (
        <ParameterField
          field={field}
          value={props.values[field.name] ?? field.initial}
          error={props.errors[`parameters.${field.name}`]}
          onChange={(value) => props.onChange(field.name, value)}
        />
      )}
    </For>
  )
}
