const fetchChunk = () => import('./xterm/screen.ts')
type Module = Awaited<ReturnType<typeof fetchChunk>>

let chunk: Promise<Module> | null = null

export function loadXterm(): Promise<Module> {
  chunk ??= fetchChunk().catch((error: unknown) => {
    chunk = null
    throw error
  })
  return chunk
}
