/** The sources of configuration beside files: the environment and the options of the program; and how the sources are merged. */
import { misspeltVariables, nearestName, refuseOption } from '../validation/index.js'
import { type ConfigProblem, problemOf, type Source } from './problems.js'
import type { Entry, Layer } from './read-section.js'
import { type Setting, variableOf } from './setting.js'
import { sections, settings } from './settings.js'
import { readFromText } from './value-kind.js'

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** A variable, or undefined where it is empty, is no string, or may not be read. */
export const variableIn = (environment: Variables, name: string): string | undefined => {
  try {
    const value: unknown = environment[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    // A platform may deny access to a variable by a getter that throws.
    return undefined
  }
}

const settingsByVariable: ReadonlyMap<string, Setting> = new Map(
  settings.map((setting) => [variableOf(setting), setting]),
)

/** Variables with these starts can only be meant for this package, so that an unknown one is a typo. */
const sectionStarts = Object.keys(sections)
  .filter((path) => path !== '' && !path.includes('.'))
  .map((path) => `R2_${path.toUpperCase()}_`)

const isOfSection = (variable: string): boolean => sectionStarts.some((start) => variable.startsWith(start))

/** The variables without a section are near to those of other programs: only typos are problems. */
const knownVariables = ['R2_CONFIG', 'R2_PROFILE', ...settingsByVariable.keys()]

/** Reads the settings of the environment. An empty variable counts as not set. */
export const environmentLayer = (environment: Variables, report: (problem: ConfigProblem) => void): Layer => {
  const entries = new Map<string, Entry>()
  const present = new Set<string>()
  for (const [variable, setting] of settingsByVariable) {
    const text = variableIn(environment, variable)
    if (text === undefined || text === '') continue
    const source: Source = { kind: 'environment', variable }
    let value: unknown
    const problem = problemOf(
      () => {
        value = readFromText(setting.kind, text, variable, refusal(setting))
      },
      variable,
      source,
    )
    if (problem !== undefined) {
      report(problem)
      continue
    }
    entries.set(setting.path, { setting, value, source })
    for (const section of sectionsOf(setting.path)) present.add(section)
  }
  for (const variable of namesIn(environment)) {
    if (settingsByVariable.has(variable) || !isOfSection(variable)) continue
    if ((variableIn(environment, variable) ?? '') === '') continue
    const nearest = nearestName(variable, [...settingsByVariable.keys()])
    const rule = `is not a setting${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
    const hint = nearest === undefined ? 'Remove it.' : `Use ${nearest}.`
    report({ field: variable, rule, hint, source: { kind: 'environment', variable } })
  }
  for (const [variable, meant] of misspeltVariables(environment, knownVariables)) {
    if (isOfSection(variable)) continue
    const rule = `is not a setting; did you mean ${meant}?`
    report({ field: variable, rule, hint: `Rename it to ${meant}.`, source: { kind: 'environment', variable } })
  }
  return { entries, present }
}

const namesIn = (environment: Variables): readonly string[] => {
  try {
    return Object.keys(environment)
  } catch {
    // A Proxy may refuse to list its names: then no typo can be found.
    return []
  }
}

const refusal = ({ isSecret }: Setting): typeof refuseOption =>
  isSecret === true
    ? (field, problem, hint) => refuseOption(field, problem.replace(/, but it is .*$/s, ''), hint)
    : refuseOption

/** The sections of a setting: `resilience` and `resilience.retry` for `resilience.retry.budget`. */
const sectionsOf = (path: string): readonly string[] => {
  const names = path.split('.').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('.'))
}

type Options = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Options => typeof value === 'object' && value !== null

/** The value at a path of options, or undefined. */
const valueAt = (options: unknown, path: string): unknown => {
  let value: unknown = options
  for (const name of path.split('.')) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}

/** The settings that the options of the program set. Credentials of the program replace all others as a whole. */
export const codeLayer = (options: object): Layer => {
  const entries = new Map<string, Entry>()
  for (const setting of settings) {
    if (setting.option === undefined || setting.path.startsWith('credentials.')) continue
    const value = valueAt(options, setting.option)
    if (value !== undefined) entries.set(setting.path, { setting, value, source: { kind: 'code' } })
  }
  return { entries, present: new Set() }
}

/**
 * Settings that belong together: a layer that sets one of `heads` hides all of them in the layers below it. Else the endpoint of
 * one account would be combined with the ID of another.
 */
const groups: readonly { readonly heads: readonly string[]; readonly paths: readonly string[] }[] = [
  { heads: ['account_id', 'endpoint'], paths: ['account_id', 'endpoint', 'jurisdiction'] },
  {
    heads: ['connection_pool.ca', 'connection_pool.ca_file'],
    paths: ['connection_pool.ca', 'connection_pool.ca_file'],
  },
]

/** Merges layers, the first of which takes precedence. */
export const mergeLayers = (layers: readonly Layer[]): Layer => {
  const entries = new Map<string, Entry>()
  const present = new Set<string>()
  const hidden = new Set<string>()
  for (const layer of layers) {
    for (const [path, entry] of layer.entries) if (!entries.has(path) && !hidden.has(path)) entries.set(path, entry)
    for (const section of layer.present) present.add(section)
    for (const { heads, paths } of groups) {
      if (heads.some((path) => layer.entries.has(path))) for (const path of paths) hidden.add(path)
    }
  }
  return { entries, present }
}
