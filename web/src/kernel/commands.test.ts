import { expect, it, vi } from 'vitest'
import { createCommands, type Command } from './commands.ts'
import type { KeyLike } from './keybindings.ts'

const ctrl = (key: string): KeyLike => ({
  key,
  code: `Key${key.toUpperCase()}`,
  ctrlKey: true,
  metaKey: false,
  shiftKey: false,
  altKey: false,
})
const command = (id: string, more: Partial<Command> = {}): Command => ({
  id,
  title: id,
  run: vi.fn<() => void>(),
  ...more,
})

it('runs what is registered, and only while it is enabled', () => {
  const commands = createCommands('Linux')
  let enabled = false
  const save = command('file.save', { when: () => enabled })
  commands.register([save])
  commands.run('file.save')
  expect(save.run).not.toHaveBeenCalled()
  enabled = true
  commands.run('file.save')
  expect(save.run).toHaveBeenCalledOnce()
})

it('leaves a focused terminal its keys, but for those that are allowed', () => {
  const commands = createCommands('Linux')
  commands.register([
    command('file.save', { keys: ['Mod+S'] }),
    command('palette.files', { keys: ['Mod+P'], inTerminal: true }),
  ])
  const match = (key: string, terminal: boolean) => commands.match(ctrl(key), { terminal })?.id
  expect([match('s', false), match('s', true), match('p', true)]).toEqual([
    'file.save',
    undefined,
    'palette.files',
  ])
})

it('finds the enabled one of two commands on a key', () => {
  const commands = createCommands('Linux')
  commands.register([
    command('terminal.find', { keys: ['Mod+F'], when: () => false }),
    command('editor.find', { keys: ['Mod+F'] }),
  ])
  expect(commands.match(ctrl('f'), { terminal: false })?.id).toBe('editor.find')
})

it('lists neither hidden nor disabled ones, and forgets what is taken away', () => {
  const commands = createCommands('Linux')
  const remove = commands.register([
    command('a'),
    command('b', { hidden: true }),
    command('c', { when: () => false }),
  ])
  expect(commands.available().map((each) => each.id)).toEqual(['a'])
  remove()
  expect(commands.available()).toEqual([])
})

it('refuses two commands of one name', () => {
  const commands = createCommands('Linux')
  commands.register([command('a')])
  expect(() => commands.register([command('a')])).toThrow('registered twice')
})
