import type { RequestHandler } from 'express'
import type { Identity } from '../../access/identity.ts'
import type { Accounts } from '../../code-host/accounts.ts'
import { AppError } from '../../errors.ts'
import { sendPage } from '../../gateway/pages.ts'

/** Where a code host sends people back to, with its answer in the query: it is used here, and leaves the address. */
export function createConnected(accounts: Accounts): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    response.setHeader('cache-control', 'no-store')
    try {
      const identity = response.locals['identity'] as Identity
      response.redirect(303, await accounts.finish(identity, request.query, gone.signal))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      sendPage(response, error.status, 'The account was not connected', error.message)
    }
  }
}
