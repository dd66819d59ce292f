import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from './random.ts'

export const NO_ANSWER = Symbol('no answer')

/** Decides when an operation happens. What resolves to `NO_ANSWER` is never answered. */
export interface Steps {
  step<T>(work: () => Promise<T | typeof NO_ANSWER>): Promise<T>
}

interface Actor {
  name: string
  /** Steps that wait to be taken, oldest first. */
  waiting: (() => Promise<void>)[]
  finished: boolean
}

/**
 * Lets actors take steps one at a time, in an order that the seed decides. An actor runs until it asks for its next
 * step; the next one is chosen when all of them wait.
 */
export class Scheduler implements Steps {
  readonly #random: Random
  readonly #actors: Actor[] = []
  readonly #current = new AsyncLocalStorage<Actor>()
  #changed = Promise.withResolvers<void>()

  constructor(random: Random) {
    this.#random = random
  }

  add(name: string, program: () => Promise<void>): void {
    const actor: Actor = { name, waiting: [], finished: false }
    this.#actors.push(actor)
    const run = async (): Promise<void> => {
      await this.step(async () => {})
      await program()
    }
    void this.#current.run(actor, run).finally(() => {
      actor.finished = true
      this.#changed.resolve()
    })
  }

  /** Takes a step of the actor that asks, when its turn comes. What resolves to `NO_ANSWER` is never answered. */
  step<T>(work: () => Promise<T | typeof NO_ANSWER>): Promise<T> {
    const actor = this.#current.getStore()
    const done = Promise.withResolvers<T>()
    const take = async (): Promise<void> => {
      try {
        const value = await work()
        if (value !== NO_ANSWER) done.resolve(value)
      } catch (error) {
        done.reject(error)
      }
    }
    if (actor) actor.waiting.push(take)
    else void take()
    this.#changed.resolve()
    return done.promise
  }

  /** Resolves when all actors have finished. */
  async run(): Promise<void> {
    for (;;) {
      const open = this.#actors.filter(({ finished }) => !finished)
      if (open.length === 0) return
      if (open.some(({ waiting }) => waiting.length === 0)) {
        await this.#changed.promise
        this.#changed = Promise.withResolvers()
        await settle()
        continue
      }
      await this.#random.pick(open).waiting.shift()!()
      await settle()
    }
  }
}

const FILES_AND_PROCESSES = new Set(['FSReqPromise', 'FSReqCallback', 'ProcessWrap', 'CloseReq'])

/** Resolves when what was set free has run as far as it can: nobody waits for the disk or for git. */
async function settle(): Promise<void> {
  for (let calm = 0; calm < 3;) {
    await new Promise((resolve) => setImmediate(resolve))
    calm = process.getActiveResourcesInfo().some((name) => FILES_AND_PROCESSES.has(name)) ? 0 : calm + 1
  }
}
