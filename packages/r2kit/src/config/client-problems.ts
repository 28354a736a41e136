/** Checks the merged options by making a client of them, and names the settings in the errors. */
import type { Field } from '../validation/index.js'
import type { Options } from './option-tree.js'
import { type ConfigProblem, problemFrom } from './problems.js'
import { rootField } from './read-document.js'
import type { Entry } from './read-section.js'

/** What the loader needs of the modules above it. */
export interface ClientModule {
  /** The tables of all options. */
  readonly fields: Readonly<Record<string, Field<unknown>>>
  /** Makes a client of these options, and disposes it. @throws R2Error for options that do not go together */
  readonly checkClient: (options: Options) => Promise<void>
}

/** Options that depend on each other. The groups are checked one by one, so that each can have a problem. */
const groups: readonly (readonly string[])[] = [
  ['accountId', 'jurisdiction', 'endpoint', 'addressing', 'allowInsecureEndpoint', 'region'],
  ['credentials'],
  ['timeouts'],
  ['retry'],
  ['validation'],
  ['connections', 'transport'],
  ['presign'],
  ['transfers'],
]

/** Valid options, in place of those of other groups. */
const neutral: Options = {
  accountId: '0'.repeat(32),
  credentials: { accessKeyId: '0'.repeat(32), secretAccessKey: '0'.repeat(64) },
}

export const clientProblems = async (
  options: Options,
  entries: ReadonlyMap<string, Entry>,
  { checkClient }: ClientModule,
): Promise<ConfigProblem[]> => {
  const problems: ConfigProblem[] = []
  for (const names of groups) {
    const part: Options = {}
    for (const name of names) if (options[name] !== undefined) part[name] = options[name]
    if (Object.keys(part).length === 0) continue
    const hasServer = part.accountId !== undefined || part.endpoint !== undefined
    const { accountId, credentials } = neutral
    const whole = { credentials, ...(hasServer ? {} : { accountId }), ...part }
    let failure: unknown
    await checkClient(whole).catch((error: unknown) => {
      failure = error
    })
    if (failure === undefined) continue
    problems.push(inTermsOfFile(problemFrom(failure, names[0] ?? '', { kind: 'code' }), entries))
  }
  return problems
}

/** Names the setting in place of the option, and its place. */
const inTermsOfFile = (problem: ConfigProblem, entries: ReadonlyMap<string, Entry>): ConfigProblem => {
  const entry = [...entries.values()].find(
    ({ setting }) => setting.option === problem.field || setting.option?.startsWith(`${problem.field}.`),
  )
  if (entry === undefined || entry.source.kind === 'code') return problem
  const { source, setting } = entry
  return { ...problem, source, field: source.kind === 'environment' ? source.variable : `${rootField}.${setting.path}` }
}
