import { isMac, matchesKey, type KeyLike } from './keybindings.ts'

export interface Command {
  id: string
  title: string
  /** First binding is the one that is shown. */
  keys?: string[]
  /** It also works while a terminal has the focus; every other key belongs to the shell. */
  inTerminal?: boolean
  /** False: it is neither offered nor run. */
  when?: () => boolean
  /** Not listed in the palette. */
  hidden?: boolean
  run: () => void
}

export interface Commands {
  /** Adds commands; the result removes them again. */
  register: (commands: Command[]) => () => void
  /** Those that may run now, in the order of registration. */
  available: () => Command[]
  find: (id: string) => Command | undefined
  run: (id: string) => void
  /** The command that a key press stands for. */
  match: (event: KeyLike, where: { terminal: boolean }) => Command | undefined
}

/** Commands are data; key bindings, the palette and menus are derived from them. */
export function createCommands(platform: string): Commands {
  const mac = isMac(platform)
  const all = new Map<string, Command>()
  const isEnabled = (command: Command) => command.when?.() ?? true

  return {
    register: (commands) => {
      for (const command of commands) {
        if (all.has(command.id)) throw new Error(`The command ${command.id} is registered twice`)
        all.set(command.id, command)
      }
      return () => commands.forEach((command) => all.delete(command.id))
    },
    available: () => [...all.values()].filter((command) => !command.hidden && isEnabled(command)),
    find: (id) => all.get(id),
    run: (id) => {
      const command = all.get(id)
      if (command && isEnabled(command)) command.run()
    },
    match: (event, { terminal }) =>
      [...all.values()].find(
        (command) =>
          (command.inTerminal || !terminal) &&
          command.keys?.some((key) => matchesKey(key, event, mac)) &&
          isEnabled(command),
      ),
  }
}

/** Binds the keys once, before any widget sees them. The result unbinds. */
export function bindKeys(commands: Commands, target: Window): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    const element = event.target instanceof Element ? event.target : null
    // A modal dialog owns the keyboard while it is open.
    if (element?.closest('[role="dialog"], [role="alertdialog"], [role="menu"]')) return
    // A box that is sent off by Mod+Enter keeps that key for itself.
    if (event.key === 'Enter' && element?.closest('[data-submits]')) return
    const command = commands.match(event, {
      terminal: element?.closest('.xterm') !== null && element !== null,
    })
    if (!command) return
    event.preventDefault()
    event.stopPropagation()
    // A key that is held down acts once, but never reaches the browser's own shortcuts.
    if (!event.repeat) command.run()
  }
  target.addEventListener('keydown', onKeyDown, { capture: true })
  return () => target.removeEventListener('keydown', onKeyDown, { capture: true })
}
