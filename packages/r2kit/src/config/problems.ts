/** The problems of a configuration, and the error that reports all of them. */
import { isR2Error, R2Error } from '../errors/index.js'

/** The place of a value. */
export type Source =
  /** `variables`: those that the value was made of. */
  | {
      readonly kind: 'file'
      readonly file: string
      readonly line: number
      readonly column: number
      readonly variables?: readonly string[] | undefined
    }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'code' }
  | { readonly kind: 'default' }

/** One problem of a configuration. */
export interface ConfigProblem {
  /** Field of the file, environment variable, or option: `cloudflare_r2.timeouts.connect_seconds`. */
  readonly field: string
  /** The rule that the value breaks, with the field as the subject: `must be a number above 0, but it is -1`. */
  readonly rule: string
  /** How to correct it, in whole sentences. */
  readonly hint: string
  /** Where the value is. */
  readonly source: Source
}

/** The place in words: `r2.yaml:4:5`, `R2_REGION in the environment`. */
export const sourceText = (source: Source): string => {
  switch (source.kind) {
    case 'file': {
      const { file, line, column, variables = [] } = source
      const from = variables.length === 0 ? '' : ` (from ${variables.join(', ')})`
      return `${file}:${line}:${column}${from}`
    }
    case 'environment':
      return `${source.variable} in the environment`
    case 'code':
      return 'code'
    case 'default':
      return 'default'
  }
}

/** One line without the hint: `r2.yaml:4:5: cloudflare_r2.region must be …`. */
const problemText = ({ field, rule, source }: ConfigProblem): string => {
  if (source.kind === 'file') return `${source.file}:${source.line}:${source.column}: ${field} ${rule}`
  return source.kind === 'environment' ? `${field} in the environment ${rule}` : `${field} ${rule}`
}

/** The cause of an `InvalidConfig` error of `loadConfig`. */
class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems'
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
  }
}

/** The error for a configuration with these problems. */
export const configError = (problems: readonly ConfigProblem[]): R2Error => {
  const [first] = problems
  const cause = new ConfigProblems(problems)
  if (first === undefined) {
    const hint = 'Compare the file with the JSON Schema of the configuration.'
    return new R2Error('InvalidConfig', 'The configuration is invalid', { hint, cause })
  }
  if (problems.length === 1)
    return new R2Error('InvalidConfig', problemText(first), { field: first.field, hint: first.hint, cause })
  const lines = problems.map((problem) => `\n- ${problemText(problem)}${endOf(problem)} ${problem.hint}`)
  return new R2Error('InvalidConfig', `The configuration has ${problems.length} problems:${lines.join('')}`, {
    field: first.field,
    hint: 'Correct all of them.',
    cause,
  })
}

/** The end of the first sentence, unless it is the question "did you mean …?". */
const endOf = ({ rule }: ConfigProblem): string => (rule.endsWith('?') ? '' : '.')

/** Problems in the order of the file, then those of other sources in the order of their checks. */
export const inOrder = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  problems
    .map((problem, index) => ({ problem, index }))
    .sort((left, right) => lineOf(left.problem) - lineOf(right.problem) || left.index - right.index)
    .map(({ problem }) => problem)

const lineOf = ({ source }: ConfigProblem): number =>
  source.kind === 'file' ? source.line + source.column / 1e6 : Number.MAX_SAFE_INTEGER

/**
 * The single problems of an error of `loadConfig`, in the order of the file; empty for any other error.
 *
 * @example for (const { field, rule, source } of problemsOf(error)) console.error(source, field, rule)
 */
export const problemsOf = (error: unknown): readonly ConfigProblem[] => {
  if (!isR2Error(error, 'InvalidConfig')) return []
  const { cause } = error
  return cause instanceof ConfigProblems ? cause.problems : []
}

/** Runs a check of a field, and turns its error into a problem. @param field name that the error is to name */
export const problemOf = (check: () => void, field: string, source: Source): ConfigProblem | undefined => {
  try {
    check()
    return undefined
  } catch (error) {
    return problemFrom(error, field, source)
  }
}

/** The problem that an `R2Error` describes. Throws any other error. @param field name that the problem has if the error names none */
export const problemFrom = (error: unknown, field: string, source: Source): ConfigProblem => {
  if (!isR2Error(error)) throw error
  // The message begins with the field, as `refuseOption` makes it.
  const named = error.field ?? ''
  const rule = error.message.startsWith(`${named} `) ? error.message.slice(named.length + 1) : error.message
  return { field: named === '' ? field : named, rule, hint: error.hint ?? 'Correct the value.', source }
}
