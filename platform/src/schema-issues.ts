import type { z } from 'zod'

/**
 * A union fails with the issues of every member; those of the member that came closest say what is wrong. Of a key it
 * is said what is wrong with it.
 */
export function closestIssues(issues: z.core.$ZodIssue[]): { path: PropertyKey[]; message: string }[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_key')
      return issue.issues.map(({ message }) => ({ path: issue.path, message }))
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
    const closest = [...issue.errors].sort((a, b) => distance(a) - distance(b))[0] ?? []
    return closestIssues(closest).map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
  })
}

function distance(issues: z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 : issue.path.length > 1 ? 0 : 1),
    0,
  )
}
