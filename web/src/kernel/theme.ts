import { createSignal, onCleanup, type Accessor } from 'solid-js'

export type ThemeChoice = 'system' | 'light' | 'dark'

export interface Theme {
  choice: Accessor<ThemeChoice>
  /** What is on the screen now. */
  mode: Accessor<'light' | 'dark'>
  choose: (choice: ThemeChoice) => void
}

const KEY = 'codenest.theme'

/** The theme of the page; `public/theme.js` applies the stored choice before the first paint. */
export function createTheme(): Theme {
  const root = document.documentElement
  const systemDark = matchMedia('(prefers-color-scheme: dark)')
  const stored = root.dataset['theme']
  const [choice, setChoice] = createSignal<ThemeChoice>(
    stored === 'dark' || stored === 'light' ? stored : 'system',
  )
  const [system, setSystem] = createSignal<'light' | 'dark'>(systemDark.matches ? 'dark' : 'light')
  const follow = () => setSystem(systemDark.matches ? 'dark' : 'light')
  systemDark.addEventListener('change', follow)
  onCleanup(() => systemDark.removeEventListener('change', follow))

  return {
    choice,
    mode: () => {
      const chosen = choice()
      return chosen === 'system' ? system() : chosen
    },
    choose: (next) => {
      if (next === 'system') delete root.dataset['theme']
      else root.dataset['theme'] = next
      try {
        // A bare word, because theme.js reads it without parsing.
        localStorage.setItem(KEY, next)
      } catch {
        // Storage is blocked: the choice lasts as long as the page.
      }
      setChoice(next)
    },
  }
}
