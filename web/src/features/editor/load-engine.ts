import type { EditorEngine } from '../../kernel/editor-engine.ts'

const fetchChunk = () => import('./monaco/engine.ts')
type Module = Awaited<ReturnType<typeof fetchChunk>>

let chunk: Promise<Module> | null = null

/** Fetches the editor's code; called early and on idle, so that it is there when the first file is opened. */
export function preloadEngine(): Promise<Module> {
  chunk ??= fetchChunk().catch((error: unknown) => {
    // A failed download must not be remembered: the next attempt may succeed.
    chunk = null
    throw error
  })
  return chunk
}

export interface EngineSlot {
  load: () => Promise<EditorEngine>
  dispose: () => void
}

/** One engine per page, made when it is first asked for. */
export function createEngineSlot(mode: () => 'light' | 'dark'): EngineSlot {
  let engine: ReturnType<Module['createMonacoEngine']> | null = null
  let disposed = false
  return {
    load: async () => {
      const { createMonacoEngine } = await preloadEngine()
      if (disposed) throw new Error('The page has been left')
      engine ??= createMonacoEngine(mode())
      return engine
    },
    dispose: () => {
      disposed = true
      engine?.dispose()
    },
  }
}
