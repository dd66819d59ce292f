import type { Isolation } from '@codenest/platform/protocol'
import type { RepositorySettings } from '@codenest/runner/protocol'

/** What becomes of the image that a repository asks for, in words. */
export function describeImage(
  { stack, imageStack }: Pick<RepositorySettings, 'stack' | 'imageStack'>,
  kind: Isolation['kind'] | undefined,
): string {
  if (kind !== 'pod') return 'It is not run: this workspace has the tools of the machine that it runs on.'
  if (stack !== null) return `It is not run: .codenest.yaml asks for the stack “${stack}”.`
  if (imageStack !== null) return `It is not run itself: the stack “${imageStack}” has the same tools.`
  return 'It is not run, and no stack is known that stands for it: the workspace has the tools that its files suggest.'
}
