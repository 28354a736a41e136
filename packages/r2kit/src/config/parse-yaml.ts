/** YAML with places, by the optional peer `yaml`, which is loaded on first use. */
import type { Document, LineCounter, Node as YamlNode } from 'yaml'
import { printable } from '../base/shown.js'
import { R2Error } from '../errors/index.js'
import type { Located, LocatedEntry, Place, TextProblem } from './located.js'

type Yaml = typeof import('yaml')

/** Ample for certificates; a larger file is likely the wrong one. */
const charactersMax = 256 * 1024

const loadYaml = async (): Promise<Yaml> => {
  try {
    return await import('yaml')
  } catch (cause) {
    throw new R2Error('InvalidConfig', 'YAML cannot be read: the package yaml is not installed', {
      hint: 'Install it: npm install yaml.',
      cause,
    })
  }
}

/**
 * Parses one document.
 *
 * @returns `root` is undefined for an empty document and for one with syntax errors
 */
export const parseYaml = async (
  text: string,
): Promise<{ readonly root: Located | undefined; readonly problems: readonly TextProblem[] }> => {
  const yaml = await loadYaml()
  const start: Place = { line: 1, column: 1 }
  const fail = (rule: string, hint: string) => ({ root: undefined, problems: [{ place: start, rule, hint }] })
  if (text.length > charactersMax)
    return fail(`has ${text.length} characters, more than ${charactersMax}`, 'Check that it is the right file.')
  const lines = new yaml.LineCounter()
  let documents: Document[]
  try {
    // A byte order mark is no part of the text.
    const parsed = yaml.parseAllDocuments(text.replace(/^\ufeff/, ''), {
      lineCounter: lines,
      prettyErrors: false,
      // Compared here, for the maps that are read: the library's check takes quadratic time.
      uniqueKeys: false,
      logLevel: 'silent',
    })
    documents = Array.isArray(parsed) ? parsed : []
  } catch (error) {
    if (error instanceof RangeError) return fail('is nested too deeply', 'Check that it is the right file.')
    throw error
  }
  const [document, second] = documents
  if (document === undefined) return { root: undefined, problems: [] }
  const problems: TextProblem[] = documents
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(({ message, code, pos: [offset] }) => ({
      place: placeOf(lines, offset),
      rule: `is not valid YAML: ${printable(message.split('\n', 1)[0] ?? '').slice(0, 200)}`,
      hint: hints[code] ?? 'Correct the syntax.',
    }))
  if (second !== undefined) {
    const place = placeOf(lines, second.range?.[0] ?? 0)
    problems.push({ place, rule: 'has a second document', hint: 'Keep one document; remove the line ---.' })
  }
  problems.push(...aliasProblems(yaml, document, lines))
  if (problems.length > 0) return { root: undefined, problems }
  const { contents } = document
  if (contents === null || (yaml.isScalar(contents) && contents.value === null)) return { root: undefined, problems }
  return { root: locate({ yaml, document, lines }, contents as YamlNode, start), problems }
}

const hints: Readonly<Partial<Record<string, string>>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_INDENT: 'Indent the fields of a section equally.',
  TAG_RESOLVE_FAILED: 'Remove the tag (!name).',
  MISSING_CHAR: 'Add the missing character.',
  UNEXPECTED_TOKEN: 'Correct the syntax; put texts with special characters in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put texts that contain ": " in quotes.',
}

/** Ample for a configuration. The library searches the whole document for each. */
const aliasesMax = 100

/** Aliases without an anchor, which the library reports only when it converts the document. */
const aliasProblems = (yaml: Yaml, document: Document, lines: LineCounter): TextProblem[] => {
  const problems: TextProblem[] = []
  let count = 0
  yaml.visit(document, {
    Alias(_, alias) {
      const place = placeOf(lines, alias.range?.[0] ?? 0)
      if (++count > aliasesMax) {
        problems.push({ place, rule: `has more than ${aliasesMax} aliases`, hint: 'Write the values in their places.' })
        return yaml.visit.BREAK
      }
      if (alias.resolve(document) === undefined) {
        const rule = `has the alias *${printable(alias.source)} without an anchor before it`
        problems.push({ place, rule, hint: `Define it by &${printable(alias.source)}, or put the text in quotes.` })
      }
      return undefined
    },
  })
  return problems
}

const placeOf = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

interface Context {
  readonly yaml: Yaml
  readonly document: Document
  readonly lines: LineCounter
}

const locate = (context: Context, given: YamlNode | null | undefined, parent: Place): Located => {
  const { yaml, document, lines } = context
  const place = given?.range == null ? parent : placeOf(lines, given.range[0])
  const node = yaml.isAlias(given) ? given.resolve(document) : given
  if (yaml.isMap(node))
    return { kind: 'map', place, entries: () => node.items.map((pair) => entryOf(context, pair, place)) }
  if (yaml.isSeq(node))
    return { kind: 'list', place, items: () => node.items.map((item) => locate(context, item as YamlNode, place)) }
  return { kind: 'scalar', place, value: yaml.isScalar(node) ? node.value : null }
}

const entryOf = (context: Context, { key, value }: { key: unknown; value: unknown }, parent: Place): LocatedEntry => {
  const name = locate(context, key as YamlNode, parent)
  return {
    name: name.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined,
    place: name.place,
    value: locate(context, value as YamlNode, name.place),
  }
}
