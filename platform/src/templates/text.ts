import Handlebars from 'handlebars'
import { messageOf } from '../errors.ts'
import { callHelper, HELPERS } from './helpers.ts'
import { LIMITS } from './limits.ts'
import { TemplateError } from './problem.ts'
import type { TemplateProblem } from './problem.ts'

export type Value = string | number | boolean | null
/** Every parameter that a template declares; null is one that has no value. */
export type Values = Map<string, Value>

type Expression = { value: Value } | { name: string } | { helper: string; given: Expression[] }
type Part = string | { say: Expression } | { test: Expression; yes: Part[]; no: Part[] }

/**
 * A text that was understood. Handlebars parses it, and that is all that it does: what may be in it is a closed list
 * (parameters, a few pure functions, `if` and `unless`) without loops, code or objects, so that rendering is linear in
 * the size of the text.
 */
export class TemplateText {
  readonly #parts: Part[]
  /** Parameters that are named in it. */
  readonly names: Set<string>

  private constructor(parts: Part[], names: Set<string>) {
    this.#parts = parts
    this.names = names
  }

  /** Throws a `TemplateError` with everything that is wrong. */
  static parse(file: string, text: string, declared: ReadonlySet<string>): TemplateText {
    if (!text.includes('{{')) return new TemplateText([text], new Set())
    const reader = new Reader(file, declared)
    const parts = reader.read(parseProgram(file, text))
    if (reader.problems.length > 0) throw new TemplateError(reader.problems)
    return new TemplateText(parts, reader.names)
  }

  /** `room`: characters that it may become; throws a `RangeError` beyond them. */
  render(values: Values, room: number): string {
    let text = ''
    const write = (more: string): void => {
      text += more
      if (text.length > room) throw new RangeError('renders to too much')
    }
    const run = (parts: Part[]): void => {
      for (const part of parts) {
        if (typeof part === 'string') write(part)
        else if ('say' in part) write(String(evaluate(part.say, values) ?? ''))
        else run(evaluate(part.test, values) ? part.yes : part.no)
      }
    }
    run(this.#parts)
    return text
  }
}

function parseProgram(file: string, text: string): hbs.AST.Program {
  try {
    return Handlebars.parse(text)
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateError([{ file, line: null, message: 'its blocks are nested too deeply.' }])
    const [first = '', ...rest] = messageOf(error).split('\n')
    const [, after, at] = /line (\d+)|- (\d+):\d+/.exec(first) ?? []
    const line = after ?? at
    const message = `this cannot be read: ${reasonOf(first, rest.at(-1) ?? '')}.`
    throw new TemplateError([{ file, line: line === undefined ? null : Number(line), message }])
  }
}

function reasonOf(first: string, last: string): string {
  if (last.endsWith("got 'EOF'")) return 'a block or a tag is not closed'
  if (/^(Parse|Lexical) error/.test(first)) return 'this is not how a tag is written'
  return first.replace(/ - \d+:\d+$/, '')
}

function evaluate(expression: Expression, values: Values): Value {
  if ('value' in expression) return expression.value
  if ('name' in expression) return values.get(expression.name) ?? null
  const given = expression.given.map((one) => evaluate(one, values))
  const value = callHelper(expression.helper, given)
  // What is quoted again and again grows with every time.
  if (typeof value === 'string' && value.length > LIMITS.bytes) throw new RangeError('renders to too much')
  return value
}

class Reader {
  readonly problems: TemplateProblem[] = []
  readonly names = new Set<string>()
  readonly #file: string
  readonly #declared: ReadonlySet<string>
  #depth = 0

  constructor(file: string, declared: ReadonlySet<string>) {
    this.#file = file
    this.#declared = declared
  }

  read(program: hbs.AST.Program | undefined): Part[] {
    const parts: Part[] = []
    for (const statement of program?.body ?? []) {
      if (isOf(statement, 'ContentStatement')) parts.push(statement.value)
      else if (isOf(statement, 'MustacheStatement')) parts.push({ say: this.#call(statement) })
      else if (isOf(statement, 'BlockStatement')) parts.push(this.#block(statement))
      else if (statement.type !== 'CommentStatement')
        this.#refuse(statement, 'partials and decorators are not allowed here.')
    }
    return parts
  }

  #block(block: hbs.AST.BlockStatement): Part {
    const kind = block.path.original
    const [condition] = block.params
    if (kind !== 'if' && kind !== 'unless')
      return this.#refuse(block, `there is no block "${kind}". The blocks are if and unless.`)
    // The types say that both are there, but either may be missing.
    const { program, inverse } = block as Partial<hbs.AST.BlockStatement>
    const hasParams = [program, inverse].some((one) => (one?.blockParams ?? []).length > 0)
    if (block.params.length !== 1 || !condition || (block.hash as unknown) || hasParams)
      return this.#refuse(block, `"${kind}" takes one condition.`)
    return this.#within(block, () => {
      const test = this.#expression(condition)
      const [yes, no] = [this.read(program), this.read(inverse)]
      return kind === 'if' ? { test, yes, no } : { test, yes: no, no: yes }
    })
  }

  #call(call: hbs.AST.MustacheStatement | hbs.AST.SubExpression): Expression {
    const name = 'original' in call.path ? call.path.original : ''
    const isCall = call.type === 'SubExpression' || call.params.length > 0
    if ((call.hash as unknown) || call.path.type !== 'PathExpression')
      return this.#refuse(call, 'only parameters and helpers can stand here.')
    if (!isCall && !Object.hasOwn(HELPERS, name)) return this.#expression(call.path)
    const helper = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined
    if (!helper)
      return this.#refuse(
        call,
        `there is no helper "${name}". The helpers are ${Object.keys(HELPERS).join(', ')}.`,
      )
    const [least, most] = helper.takes
    if (call.params.length < least || call.params.length > most)
      return this.#refuse(
        call,
        `"${name}" takes ${least === most ? least : `${least} or more`}, not ${call.params.length}.`,
      )
    return this.#within(call, () => ({
      helper: name,
      given: call.params.map((one) => this.#expression(one)),
    }))
  }

  #expression(node: hbs.AST.Expression): Expression {
    if (isOf(node, 'SubExpression')) return this.#call(node)
    if (isOf(node, 'StringLiteral') || isOf(node, 'NumberLiteral') || isOf(node, 'BooleanLiteral'))
      return { value: node.value }
    if (!isOf(node, 'PathExpression'))
      return this.#refuse(node, 'only parameters, texts, numbers, true and false can stand here.')
    const { original, parts, data, depth } = node
    const name = parts[0] ?? ''
    if (data || depth > 0 || parts.length !== 1 || original !== name)
      return this.#refuse(node, `"${original}" is no parameter: nothing else can be reached.`)
    if (!this.#declared.has(name)) return this.#refuse(node, `"${name}" is no parameter of this template.`)
    this.names.add(name)
    return { name }
  }

  #within<T>(node: hbs.AST.Node, read: () => T): T {
    if (this.#depth >= LIMITS.nesting)
      throw new TemplateError([
        { file: this.#file, line: node.loc.start.line, message: 'its blocks are nested too deeply.' },
      ])
    this.#depth += 1
    const result = read()
    this.#depth -= 1
    return result
  }

  #refuse(
    node: hbs.AST.Node,
    message: string,
  ): { value: Value } & { test: Expression; yes: Part[]; no: Part[] } {
    this.problems.push({ file: this.#file, line: node.loc.start.line, message })
    return { value: null, test: { value: null }, yes: [], no: [] }
  }
}

interface NodeTypes {
  ContentStatement: hbs.AST.ContentStatement
  MustacheStatement: hbs.AST.MustacheStatement
  BlockStatement: hbs.AST.BlockStatement
  SubExpression: hbs.AST.SubExpression
  PathExpression: hbs.AST.PathExpression
  StringLiteral: hbs.AST.StringLiteral
  NumberLiteral: hbs.AST.NumberLiteral
  BooleanLiteral: hbs.AST.BooleanLiteral
}

function isOf<T extends keyof NodeTypes>(node: hbs.AST.Node, type: T): node is NodeTypes[T] {
  return node.type === type
}
