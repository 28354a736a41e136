/** `loadConfig`: reads all sources, merges them, checks the result, and reports every problem. */
import { besideFile, readTextFile } from '#config-files'
import type { CredentialProvider } from '../security/index.js'
import {
  anyText,
  callback,
  environmentField,
  type Field,
  type Fields,
  nearestName,
  objectOf,
  recordOf,
  refuseOption,
  text,
} from '../validation/index.js'
import { type ClientModule, clientProblems } from './client-problems.js'
import { concealed } from './concealed.js'
import { credentialsOf } from './credentials.js'
import { addCertificates, addProxy, addSimulation, withBreaker } from './derived-options.js'
import { codeLayer, environmentLayer, mergeLayers, type Variables, variableIn } from './layers.js'
import { type Options, optionsOf, withOverrides } from './option-tree.js'
import { type ConfigProblem, inOrder, problemFrom, problemOf, type Source } from './problems.js'
import { emptyDocument, readDocument, rootField } from './read-document.js'
import type { Entry, Layer } from './read-section.js'
import { type ResolvedSetting, resolvedSettings } from './resolved-settings.js'
import { settings } from './settings.js'
import type { Simulation } from './simulation.js'

/** Where the configuration comes from. */
export interface LoadConfigOptions<Overrides = object> {
  /** Path of a YAML file. Node, Bun and Deno only. @defaultValue the variable `R2_CONFIG`, else none */
  readonly file?: string | undefined
  /** The YAML itself, in place of `file`. @defaultValue none */
  readonly text?: string | undefined
  /** Name of the text in errors. @defaultValue 'config' */
  readonly fileName?: string | undefined
  /** Name of the section below `profiles` whose fields take precedence. @defaultValue the variable `R2_PROFILE`, else none */
  readonly profile?: string | undefined
  /** Variables for `${NAME}`, and the settings among them. @defaultValue `process.env` */
  readonly environment?: Variables | undefined
  /** Options of the client that take precedence over all other sources. @defaultValue none */
  readonly overrides?: Overrides | undefined
  /** Credential providers that `credentials.source: shared-auth` names. @defaultValue none */
  readonly providers?: Readonly<Record<string, CredentialProvider>> | undefined
}

/** A configuration that was read, valid or not. */
export interface InspectedConfig {
  /** Every setting: its value and where it comes from. */
  readonly settings: readonly ResolvedSetting[]
  /** All problems, in the order of the sources. */
  readonly problems: readonly ConfigProblem[]
  /** The options of the client, checked only if there are no problems. */
  readonly options: Options
  /** The profile that was used. */
  readonly profile: string | undefined
  /** The recorder or the replayer, where `simulation.enabled` is true. */
  readonly simulation: Simulation | undefined
}

const overridesField: Field<object> = {
  takes: 'an object with options of a client',
  read(value, name, refuse) {
    if (typeof value === 'object' && value !== null) return value
    throw refuse(
      name,
      'must be an object with options of a client',
      'Pass an object, such as { retry: { maxAttempts: 5 } }.',
    )
  },
}

const optionFields: Fields<LoadConfigOptions> = {
  file: text,
  text: anyText,
  fileName: text,
  profile: text,
  environment: environmentField,
  overrides: overridesField,
  providers: recordOf(callback<CredentialProvider>()),
}
const optionsField = objectOf<LoadConfigOptions>('LoadConfigOptions', optionFields, { argument: 'options' })

/**
 * Reads and checks a configuration. Problems of the configuration are returned; those of `given` are thrown.
 *
 * @throws R2Error `InvalidConfig` for an option of `given`
 */
export const inspect = async (given: LoadConfigOptions, client: ClientModule): Promise<InspectedConfig> => {
  const read = optionsField.read(given, '', refuseOption)
  if (read.file !== undefined && read.text !== undefined)
    throw refuseOption('text', 'must not be beside file', 'Pass one of the two.')
  const problems: ConfigProblem[] = []
  const report = (problem: ConfigProblem) => void problems.push(problem)
  const variables = read.environment ?? globalThis.process?.env ?? {}
  const { overrides = {}, providers = {} } = read

  const document = await readSource(read, variables, report)
  // Without the file, everything that it has would be reported as missing.
  const isReadable = problems.length === 0 || document.base.present.has('')
  const environment = environmentLayer(variables, report)
  checkOverrides(overrides as Options, client.fields, report)
  const code = codeLayer(overrides)
  const merged = mergeLayers([code, document.profile, environment, document.base])

  const { credentials, entries: keyEntries } =
    isReadable && (overrides as Options).credentials === undefined
      ? await credentialsOf(
          { profile: document.profile, environment, file: document.base, merged },
          { providers, variables, report },
        )
      : { credentials: undefined, entries: new Map<string, Entry>() }
  const used = new Map([...merged.entries].filter(([path]) => !isKey(path)))
  for (const [path, entry] of keyEntries) used.set(path, entry)

  const { circuitBreaker: breakerOptions, vault: _, sharedFile: __, ...fromSettings } = optionsOf(used.values())
  const below: Options = { ...fromSettings, ...(credentials === undefined ? {} : { credentials }) }
  await addCertificates(below, used, report)
  addProxy(below, used, report)
  if (isReadable && !problems.some(isAboutServer)) addServer(merged, report)
  const simulation = await addSimulation(below, used, overrides as Options, report)
  const options = concealed(await withBreaker(withOverrides(below, overrides as Options), merged, breakerOptions))
  const settingsInUse = resolvedSettings(used)
  if (problems.length === 0) problems.push(...(await clientProblems(options, used, client)))
  return { settings: settingsInUse, problems: inOrder(problems), options, profile: document.profileName, simulation }
}

const keyPaths = settings.filter(({ option }) => option?.startsWith('credentials.')).map(({ path }) => path)
const isKey = (path: string): boolean => keyPaths.includes(path)

const readSource = async (
  { file, text: content, fileName, profile }: LoadConfigOptions,
  variables: Variables,
  report: (problem: ConfigProblem) => void,
) => {
  const path = content === undefined ? (file ?? (variableIn(variables, 'R2_CONFIG') || undefined)) : undefined
  const selected = profile ?? (variableIn(variables, 'R2_PROFILE') || undefined)
  const lookup = (name: string) => variableIn(variables, name)
  if (content !== undefined)
    return readDocument(content, {
      file: fileName ?? 'config',
      profile: selected,
      lookup,
      resolvePath: undefined,
      report,
    })
  if (path === undefined) {
    if (selected !== undefined) {
      const source: Source = profile === undefined ? { kind: 'environment', variable: 'R2_PROFILE' } : { kind: 'code' }
      const rule = `is ${JSON.stringify(selected)}, but there is no configuration file with profiles`
      report({
        field: profile === undefined ? 'R2_PROFILE' : 'profile',
        rule,
        hint: 'Pass file, or set R2_CONFIG.',
        source,
      })
    }
    return emptyDocument
  }
  let yaml: string
  try {
    yaml = await readTextFile(path)
  } catch (error) {
    report(problemFrom(error, path, { kind: 'code' }))
    return emptyDocument
  }
  return readDocument(yaml, {
    file: path,
    profile: selected,
    lookup,
    resolvePath: (relative) => besideFile(path, relative),
    report,
  })
}

const code: Source = { kind: 'code' }

/** Checks each option of the program by the tables of the client, so that all problems are reported. */
const checkOverrides = (
  overrides: Options,
  fields: Readonly<Record<string, Field<unknown>>>,
  report: (problem: ConfigProblem) => void,
  parent = '',
): void => {
  const known = Object.keys(fields)
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue
    const path = parent === '' ? name : `${parent}.${name}`
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined) {
      const nearest = nearestName(name, known)
      const rule = `is not an option${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
      report({
        field: path,
        rule,
        hint: nearest === undefined ? `Options are ${known.join(', ')}.` : `Use ${nearest}.`,
        source: code,
      })
    } else if (parent === '' && field.fields !== undefined && name !== 'credentials' && isTree(value)) {
      checkOverrides(value, field.fields, report, path)
    } else {
      const problem = problemOf(() => void field.read(value, path, refuseOption), path, code)
      if (problem !== undefined) report(problem)
    }
  }
}

const isTree = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAboutServer = ({ field }: ConfigProblem): boolean => /(account_?id|endpoint)$/i.test(field)

/** A missing server is the most common problem, and has a hint of its own. */
const addServer = ({ entries, present }: Layer, report: (problem: ConfigProblem) => void): void => {
  if (entries.has('account_id') || entries.has('endpoint')) return
  const field = present.has('') ? `${rootField}.account_id` : 'account_id'
  report({
    field,
    rule: 'is missing, and so is endpoint',
    hint: 'Write account_id (Cloudflare dashboard, R2, "Account ID") or endpoint in the file, or set R2_ACCOUNT_ID or R2_ENDPOINT.',
    source: { kind: 'default' },
  })
}
