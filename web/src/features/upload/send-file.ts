import type { TransferProblem } from '@codenest/runner/protocol'

/** The file is there already, and was not to be replaced. */
export class AlreadyThereError extends Error {
  override name = 'AlreadyThereError'
}

/**
 * Sends a file to an upload link. `onSent` hears how many of its bytes have left, which `fetch` would not tell. Rejects
 * with what to tell a person, or the signal's reason.
 */
export function sendFile(
  url: string,
  file: File,
  mayReplace: boolean,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    signal.addEventListener('abort', abort, { once: true })
    request.open('PUT', url)
    if (!mayReplace) request.setRequestHeader('if-none-match', '*')
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded))
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort)
      if (signal.aborted) reject(signal.reason)
      else if (request.status === 201) resolve()
      else reject(refusal(request))
    })
    request.send(file)
  })
}

function refusal({ status, responseText }: XMLHttpRequest): Error {
  if (status === 0 || status === 503)
    return new Error('The connection to the workspace was lost. Upload it again when it is back.')
  try {
    const { code, message }: TransferProblem = JSON.parse(responseText)
    return code === 'already_exists' ? new AlreadyThereError(message) : new Error(message)
  } catch {
    return new Error(`The workspace answered with status ${status}. Try again.`)
  }
}
