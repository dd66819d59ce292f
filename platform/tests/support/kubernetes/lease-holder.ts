import { openTestCluster } from './open-test-cluster.ts'

/** A candidate in a process of its own, which a test can pause: `node lease-holder.ts <kubeconfig> <identity>`. */
const [kubeconfig = '', identity = ''] = process.argv.slice(2)
const ending = new AbortController()
process.on('SIGTERM', () => ending.abort())
await using cluster = await openTestCluster(kubeconfig)
await cluster.lease({
  namespace: 'default',
  name: 'leader',
  identity,
  signal: ending.signal,
  async onLeading(signal, { isHeld }) {
    process.stdout.write(`leads ${isHeld()}\n`)
    const { promise, resolve } = Promise.withResolvers<void>()
    // What a leader does again and again, but here only when it has not come to it for long.
    let last = performance.now()
    const timer = setInterval(() => {
      const wasPaused = performance.now() - last > 500
      last = performance.now()
      if (wasPaused) process.stdout.write(isHeld() ? 'acts\n' : 'refrains\n')
    }, 5)
    signal.addEventListener('abort', () => resolve())
    await promise
    clearInterval(timer)
    process.stdout.write(`ends ${isHeld()}\n`)
  },
})
