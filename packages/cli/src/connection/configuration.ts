/**
 * The configuration of a run: command line, profile, environment, file, in this order. Loaded only if this run has more than the
 * endpoint and the credentials that `settings.ts` reads.
 */
import { isR2Error, type R2ClientOptions } from 'r2kit'
import {
  type ConfigProblem,
  type ConfigSources,
  inspectConfig,
  loadConfig,
  problemsOf,
  type Source,
  sourceText,
} from 'r2kit/config'
import { ConfigurationError, type ConfigurationProblem, UsageError } from '../errors/error-kinds.js'
import {
  type ConnectionOptions,
  credentialNames,
  type Environment,
  flags,
  resolveCredentials,
  resolveEndpoint,
} from './settings.js'

/** Options of the command line for the configuration. */
export interface ConfigurationOptions extends ConnectionOptions {
  readonly config?: string
  readonly profile?: string
}

/** The options of the command line as options of the client. */
const overridesOf = (options: ConfigurationOptions, env: Environment): NonNullable<ConfigSources['overrides']> => {
  const { endpoint, accountId, jurisdiction } = resolveEndpoint(options, {})
  const { accessKeyId, secretAccessKey, sessionToken } = resolveCredentials(options, env)
  const hasKey = credentialNames.some((name) => options[name] !== undefined)
  return {
    endpoint: endpoint?.value,
    accountId: accountId?.value,
    jurisdiction: jurisdiction?.value as NonNullable<R2ClientOptions['jurisdiction']> | undefined,
    allowInsecureEndpoint: options.allowInsecureEndpoint,
    ...(hasKey && {
      credentials: {
        accessKeyId: accessKeyId?.value ?? '',
        secretAccessKey: secretAccessKey?.value ?? '',
        sessionToken: sessionToken?.value,
      },
    }),
  }
}

/**
 * The sources of this run. Without a configuration file, a profile is one of the credentials file of the AWS tools.
 *
 * @throws UsageError for an empty option, and for a secret that belongs to another key
 */
const sourcesOf = (options: ConfigurationOptions, env: Environment): ConfigSources => {
  for (const name of ['config', 'profile'] as const) {
    if (options[name] === '') throw new UsageError(`--${name} is empty.`, 'Set a value, or leave out the option.')
  }
  const { config: file = env.R2_CONFIG || undefined, profile = env.R2_PROFILE || undefined } = options
  const overrides = overridesOf(options, env)
  const environment: Record<string, string | undefined> = { ...env }
  // Their values are passed as options.
  for (const name of ['R2_CONFIG', 'R2_PROFILE']) if (Object.hasOwn(env, name)) environment[name] = undefined
  if (file !== undefined) return { file, profile, overrides, environment }
  if (profile === undefined) return { overrides, environment }
  const text = JSON.stringify({ cloudflare_r2: { credentials: { source: 'shared-file', profile } } })
  return { text, fileName: '--profile', overrides, environment }
}

/** Options of the client for this run. @throws ConfigurationError or UsageError with all problems */
export const loadConfiguration = async (options: ConfigurationOptions, env: Environment): Promise<R2ClientOptions> => {
  try {
    return (await loadConfig(sourcesOf(options, env))).options
  } catch (error) {
    throw usageErrorOf(error)
  }
}

/** All settings of this run, and their problems. @param file in place of that of the options */
export const inspectConfiguration = async (
  options: ConfigurationOptions,
  env: Environment,
  file?: string,
): Promise<{ settings: readonly ShownSetting[]; problems: readonly ConfigurationProblem[] }> => {
  try {
    const given = file === undefined ? options : { ...options, config: file }
    const { settings, problems } = await inspectConfig(sourcesOf(given, env))
    return {
      settings: settings.flatMap(({ path, value, isSecret, source }) =>
        source === undefined || (value === undefined && !isSecret)
          ? []
          : [{ path, ...(value !== undefined && { value }), secret: isSecret, source: placeOf(source, path) }],
      ),
      // A provider is registered by a program, so that the command can neither find nor miss it.
      problems: problems
        .filter(({ rule }) => file === undefined || !rule.startsWith('needs the provider'))
        .map(inTermsOfCommand),
    }
  } catch (error) {
    throw usageErrorOf(error)
  }
}

/** A setting with its source in words. */
interface ShownSetting {
  readonly path: string
  readonly value?: string | number | boolean | readonly string[]
  readonly secret: boolean
  readonly source: string
}

const usageErrorOf = (error: unknown): unknown => {
  if (!isR2Error(error, 'InvalidConfig')) return error
  const problems = problemsOf(error).map(inTermsOfCommand)
  const [first] = problems
  if (first === undefined) return new UsageError(`${error.message}.`, error.hint)
  if (problems.length > 1) return new ConfigurationError(problems)
  const { field, rule, hint, source } = first
  return new UsageError(
    `${source === undefined ? '' : `${source}: `}${field} ${rule}${rule.endsWith('?') ? '' : '.'}`,
    hint,
  )
}

/** Option of the client → option of the command line. */
const flagOf = (field: string): string | undefined => {
  const name = field.replace(/^credentials\./, '')
  if (name === 'allowInsecureEndpoint') return '--allow-insecure-endpoint'
  return Object.hasOwn(flags, name) ? flags[name as keyof typeof flags] : undefined
}

const placeOf = (source: Source, path: string): string => {
  if (source.kind !== 'code') return sourceText(source)
  const camel = path.replace(/^credentials\./, '').replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  return flagOf(camel) ?? 'command'
}

/** Hints of the library that name its functions → hints of the command. */
const hintOf = ({ rule, hint }: ConfigProblem): string => {
  if (rule.startsWith('needs the provider'))
    return 'The command has no providers: set R2_CREDENTIALS_SOURCE=environment, or use another credentials.source.'
  if (hint.includes('allowInsecureEndpoint'))
    return 'Use https. If you trust the network, add --allow-insecure-endpoint or set R2_ALLOW_INSECURE_ENDPOINT=true.'
  return hint
}

const inTermsOfCommand = (problem: ConfigProblem): ConfigurationProblem => {
  const { field, rule, source } = problem
  const hint = hintOf(problem)
  if (source.kind === 'file') return { field, rule, hint, source: `${source.file}:${source.line}:${source.column}` }
  if (source.kind === 'environment') return { field: `${field} in the environment`, rule, hint }
  return { field: flagOf(field) ?? field, rule, hint }
}
