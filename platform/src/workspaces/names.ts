import { randomInt } from 'node:crypto'

const ADJECTIVES =
  'amber bold brave bright brisk calm clever cosmic crisp curious daring deft eager early fair fancy fleet fond gentle golden grand happy honest humble icy jolly keen kind lively lucid lucky lunar mellow merry mighty misty modest neat nimble noble polite proud quick quiet rapid royal rustic sage serene sharp silent silver smart snowy solar spry stellar sunny swift tidy vivid warm wild wise witty young zesty'.split(
    ' ',
  )
const ANIMALS =
  'badger bear beaver bison bobcat camel cobra condor coyote crane crow deer dingo dolphin eagle egret falcon ferret finch fox gecko gibbon goose grouse hare hawk heron ibex iguana jackal jaguar kestrel kiwi koala lark lemur lion llama lynx magpie marten mole moose newt ocelot orca osprey otter owl panda parrot pelican penguin puffin puma quail rabbit raven robin salmon seal shark sparrow stork swan tapir tiger toucan trout turtle vole walrus weasel whale wolf wombat wren yak zebra'.split(
    ' ',
  )

/** Like `brave-otter`. */
export function suggestName(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${ANIMALS[randomInt(ANIMALS.length)]}`
}

/** `brave-otter-fork`, and of a fork or beside one `brave-otter-fork-2`. At most 40 characters. */
export function forkName(parent: string, isTaken: (name: string) => boolean): string {
  const root = parent
    .replace(/-fork(-\d+)?$/, '')
    .slice(0, 30)
    .replace(/-$/, '')
  for (let n = 1; n < 1000; n += 1) {
    const name = n === 1 ? `${root}-fork` : `${root}-fork-${n}`
    if (!isTaken(name)) return name
  }
  return `${root}-fork`
}

/** A free id for a workspace of this name: the name itself, else with a few random characters behind it. */
export function chooseId(name: string, isTaken: (id: string) => boolean): string {
  let id = name
  while (isTaken(id))
    id = `${name.slice(0, 34).replace(/-$/, '')}-${randomInt(36 ** 4)
      .toString(36)
      .padStart(4, '0')}`
  return id
}
