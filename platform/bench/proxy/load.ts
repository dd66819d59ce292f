import { connect } from 'node:net'
import { once } from 'node:events'

export interface Target {
  /** On this machine's loopback. */
  port: number
  /** Each line ended by CRLF. */
  headers: string
}

/** An answer of the bench's app ends with this. */
export const END = 'end of the answer'

/**
 * Asks over so many connections that are kept open, one request after the other on each, for so many milliseconds.
 * By hand, because a client's own work would hide what is measured. Throws when something else than the app answers.
 */
export async function load(
  { port, headers }: Target,
  connections: number,
  milliseconds: number,
): Promise<{ times: number[]; count: number; elapsed: number }> {
  const request = `GET / HTTP/1.1\r\n${headers}\r\n`
  const times: number[] = []
  const begin = performance.now()
  const ask = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    await once(socket, 'connect')
    await new Promise<void>((resolve, reject) => {
      let asked = performance.now()
      let answer = ''
      const next = (): void => {
        asked = performance.now()
        answer = ''
        socket.write(request)
      }
      socket.once('error', reject)
      socket.once('close', () =>
        reject(new Error(`the connection was closed after: ${answer.slice(0, 300)}`)),
      )
      socket.on('data', (data: Buffer) => {
        answer += data.toString('latin1')
        if (!answer.includes(END)) return
        if (!answer.startsWith('HTTP/1.1 200')) reject(new Error(answer.slice(0, 300)))
        times.push(performance.now() - asked)
        if (performance.now() - begin > milliseconds) resolve()
        else next()
      })
      next()
    }).finally(() => socket.destroy())
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return { times, count: times.length, elapsed: performance.now() - begin }
}
