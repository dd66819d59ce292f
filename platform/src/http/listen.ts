import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { isErrno } from '../errors.ts'

/** Resolves to the port. Throws a `ConfigError` when the operator has to choose another one. */
export async function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<number> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE'))
      throw new ConfigError(
        `CODENEST_PORT ${port} is in use by another program. Stop it, or choose another port.`,
      )
    if (isErrno(error, 'EACCES'))
      throw new ConfigError(`CODENEST_PORT ${port} may not be used by this user. Choose one above 1023.`)
    if (isErrno(error, 'EADDRNOTAVAIL') || isErrno(error, 'ENOTFOUND'))
      throw new ConfigError(`CODENEST_HOST ${host} is no address of this machine.`)
    throw error
  }
  return (server.address() as AddressInfo).port
}

/** Ends what is under way. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
