import { AppError } from '../errors.ts'
import type { Reconciler } from '../reconciler/reconciler.ts'

/** What only the platform that reconciles can do: try again what has failed, start also the app of a workspace. */
export const ORDERS = ['retry', 'run'] as const
export type Order = (typeof ORDERS)[number]

/** Whether this process reconciles; what it cannot do while it does not is asked of the one that does. */
export class Leadership implements AsyncDisposable {
  readonly #ask: (order: Order, id: string) => void
  #reconciler: Reconciler | null = null
  #isHeld = (): boolean => false

  /** `ask` reaches the leader when that is another process. */
  constructor(ask: (order: Order, id: string) => void) {
    this.#ask = ask
  }

  /** By the clock, now: another may lead as soon as this is false. */
  readonly isHeld = (): boolean => this.#isHeld()

  /** Resolves after the first look at everything. `isHeld` says whether nobody else can lead. */
  async begin(create: () => Reconciler, isHeld: () => boolean): Promise<void> {
    this.#isHeld = isHeld
    this.#reconciler = create()
    await this.#reconciler.start()
  }

  /** Nothing is begun any more; resolves when what was under way has ended. */
  async end(): Promise<void> {
    const reconciler = this.#reconciler
    this.#reconciler = null
    await reconciler?.[Symbol.asyncDispose]()
    this.#isHeld = () => false
  }

  /** Tries again at once what has failed. */
  retry(id: string): void {
    this.#order('retry', id)
  }

  /** The next start of a workspace also starts what its Run button runs. */
  run(id: string): void {
    this.#order('run', id)
  }

  /** Does what another platform asks for, if it is this one that leads. */
  answer(order: Order, id: string): void {
    this.#reconciler?.[order](id)
  }

  /** As the reconciler does it. Throws an `AppError` also when another platform leads. */
  async whileStopped<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (!this.#reconciler || !this.#isHeld()) throw notLeading()
    return this.#reconciler.whileStopped(id, work)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  #order(order: Order, id: string): void {
    if (this.#reconciler) this.#reconciler[order](id)
    else this.#ask(order, id)
  }
}

/** Something that only the leader may do; it begins after another one has ended, within a few seconds. */
export function notLeading(): AppError {
  return new AppError(
    503,
    'not_leading',
    'The platform that looks after workspaces is being replaced by another one at this moment. Try again.',
  )
}
