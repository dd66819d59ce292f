import { For, type JSX } from 'solid-js'
import type { Theme, ThemeChoice } from '../kernel/theme.ts'
import { IconMonitor, IconMoon, IconSun } from './icons.ts'
import styles from './theme-toggle.module.css'

const CHOICES: { value: ThemeChoice; label: string; icon: typeof IconSun }[] = [
  { value: 'system', label: 'System theme', icon: IconMonitor },
  { value: 'light', label: 'Light theme', icon: IconSun },
  { value: 'dark', label: 'Dark theme', icon: IconMoon },
]

export function ThemeToggle(props: { theme: Theme }): JSX.Element {
  return (
    <fieldset class={styles['group']}>
      <legend class="visually-hidden">Theme</legend>
      <For each={CHOICES}>
        {(choice) => (
          <label class={styles['choice']} data-tip={choice.label}>
            <input
              type="radio"
              name="theme"
              class="visually-hidden"
              checked={props.theme.choice() === choice.value}
              onChange={() => props.theme.choose(choice.value)}
            />
            <choice.icon size={13} aria-hidden="true" />
            <span class="visually-hidden">{choice.label}</span>
          </label>
        )}
      </For>
    </fieldset>
  )
}
