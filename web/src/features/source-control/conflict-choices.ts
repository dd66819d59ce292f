import type { GitConflict, RequestPayload } from '@codenest/runner/protocol'

export interface ConflictChoice {
  choice: RequestPayload<'git.resolve'>['choice']
  label: string
  hint: string
}

/**
 * The ways to settle a conflict, in the order they are offered. In a rebase git's sides are the other way round:
 * "ours" is what the commits are laid upon, and a person's own work is "theirs".
 */
export function conflictChoices(kind: GitConflict['kind'], rebasing: boolean): ConflictChoice[] {
  const ours = rebasing ? 'What your commits are laid upon' : 'What your branch has'
  const theirs = rebasing ? 'What your own commit has' : 'What comes in'
  const [gone, kept] = [
    { label: 'Delete it', hint: 'The file goes' },
    { label: 'Keep it', hint: 'The file stays, as the other side changed it' },
  ]
  switch (kind) {
    case 'deleted-by-us':
      return [
        { choice: 'ours', ...gone },
        { choice: 'theirs', ...kept },
      ]
    case 'deleted-by-them':
      return [
        { choice: 'ours', ...kept },
        { choice: 'theirs', ...gone },
      ]
    case 'both-deleted':
      return [{ choice: 'ours', ...gone }]
    case 'added-by-one':
      return [
        { choice: 'ours', label: 'Ours', hint: ours },
        { choice: 'theirs', label: 'Theirs', hint: theirs },
        { choice: 'mark', label: 'As is', hint: 'The file as it is now' },
      ]
    default:
      return [
        { choice: 'ours', label: 'Ours', hint: ours },
        { choice: 'theirs', label: 'Theirs', hint: theirs },
        { choice: 'both', label: 'Both', hint: 'One after the other where they differ' },
        { choice: 'mark', label: 'As is', hint: 'The file as it is now, without conflict markers' },
      ]
  }
}
