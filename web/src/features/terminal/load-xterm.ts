type Module = typeof import('./xterm/screen.ts')

let chunk: Promise<Module> | null = null

export function loadXterm(): Promise<Module> {
  chunk ??= import('./xterm/screen.ts').catch((error: unknown) => {
    chunk = null
    throw error
  })
  return chunk
}
