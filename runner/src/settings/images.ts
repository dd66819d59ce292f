/** Images that are known by name, and the stack with the same tools. The first that fits decides. */
const STACKS: [pattern: RegExp, stack: string][] = [
  [/(^|\/)(typescript-node|javascript-node|node|bun)$/, 'node'],
  [/(^|\/)(python|miniconda|anaconda)$/, 'python'],
  [/(^|\/)(go|golang)$/, 'go'],
  [/(^|\/)rust$/, 'rust'],
  [/(^|\/)(java|java-8|eclipse-temurin|maven|gradle)$/, 'java'],
  [/(^|\/)(cpp|gcc)$/, 'cpp'],
]

/** The stack that stands for an image here; null when none is known to. Tags and digests are not looked at. */
export function stackOfImage(image: string): string | null {
  const name = image
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .toLowerCase()
  return STACKS.find(([pattern]) => pattern.test(name))?.[1] ?? null
}
