/** A rule or a limit of the platform says no; the message is a sentence that the client's git shows. */
export class PushRefused extends Error {
  override name = 'PushRefused'
}
