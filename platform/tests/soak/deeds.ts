import type { Random } from '../simulation/random.ts'

const FOLDERS = ['', 'src/', 'src/deep/er/', 'docs/', 'ünï cödé/']
const NAMES = ['a.txt', 'b.txt', 'c.js', 'run.sh', 'Name.txt', 'name.txt']

export function pickPath(random: Random): string {
  return random.pick(FOLDERS) + random.pick(NAMES)
}

/** Text that nothing else in the soak has. */
export function makeText(random: Random, count: number): string {
  const lines = Array.from({ length: 1 + random.below(40) }, () => random.next().toString(36))
  return `${count}\n${lines.join(random.chance(0.1) ? '\r\n' : '\n')}\n`
}

/**
 * What people do in a terminal, one step a file: whatever moment is saved, a file is what it was before or after.
 * Files are written beside the work tree and moved in.
 */
const STEPS: ((path: string, other: string, text: string) => string)[] = [
  (path, _other, text) =>
    `printf '%s' '${text}' > ../made && mkdir -p "$(dirname '${path}')" && mv ../made '${path}'`,
  (path, _other, text) => `[ -f '${path}' ] && printf '%s' '${text}' >> '${path}'`,
  (path) => `rm -f '${path}'`,
  (path, other) =>
    `[ -f '${path}' ] && [ ! -d '${other}' ] && mkdir -p "$(dirname '${other}')" && mv -T '${path}' '${other}'`,
  (path) => `[ -f '${path}' ] && chmod +x '${path}'`,
  (path) => `[ -f '${path}' ] && chmod -x '${path}'`,
  (path, other) => `mkdir -p "$(dirname '${path}')" && ln -sfn '${other}' ../link && mv -T ../link '${path}'`,
  (_path, _other, text) =>
    `mkdir -p 'many/${text.length}' && for n in $(seq 60); do echo "$n ${text.length}" > ../made; mv ../made "many/${text.length}/$n"; done`,
  () => `rm -rf many`,
]

export function pickStep(random: Random, count: number): string {
  const text = makeText(random, count).replaceAll('\r', '')
  return random.pick(STEPS)(pickPath(random), pickPath(random), text)
}

/** Commands of git: they change many files, in an order of their own. */
const COMMANDS: ((name: string) => string)[] = [
  () => `git add -A`,
  (name) => `git add -A && git commit -qm '${name}'`,
  (name) => `git commit -q --allow-empty -m '${name}'`,
  (name) => `git checkout -q -b '${name}'`,
  () => `git checkout -q main`,
  () => `git checkout -q --detach`,
  () => `git stash push -q -u`,
  () => `git stash pop -q`,
  () =>
    `git merge -q --no-edit "$(git for-each-ref --format='%(refname)' refs/heads --sort=-committerdate | head -1)"`,
  () => `git rebase -q main`,
  () => `git merge --abort || git rebase --abort || git reset -q --hard`,
  () => `git commit -q --amend -m amended`,
  () => `git reset -q --hard HEAD~1`,
  () => `git gc -q --prune=now`,
  () => `git rm -q -r --cached . && git add -A`,
]

export function pickCommand(random: Random, count: number): string {
  return random.pick(COMMANDS)(`b${count}`)
}
