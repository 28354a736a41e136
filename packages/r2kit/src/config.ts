/**
 * `r2kit/config`: options of a client from a YAML file, the environment and code. Reading YAML needs the optional peer `yaml`,
 * which is loaded only where there is a file.
 */
import { type ClientOptionFields, clientOptionFields, type R2ClientOptions } from './client-options.js'
import type { ClientModule } from './config/client-problems.js'
import { type InspectedConfig, inspect, type LoadConfigOptions } from './config/load-config.js'
import { type ConfigProblem, configError, problemsOf } from './config/problems.js'
import type { Simulation } from './config/simulation.js'
import type { Transport } from './http/index.js'

export type { Variables as ConfigVariables } from './config/layers.js'
export type { Options as ConfigOptionTree } from './config/option-tree.js'
export { type Source, sourceText } from './config/problems.js'
export type { ResolvedSetting } from './config/resolved-settings.js'
export type { ConfigProblem, InspectedConfig, LoadConfigOptions, Simulation }
export { problemsOf }

/** Where the configuration comes from. Options of the client that the program passes take precedence. */
export type ConfigSources = LoadConfigOptions<Partial<ClientOptionFields>>

/** A configuration that is valid. */
export interface LoadedConfig extends Omit<InspectedConfig, 'options' | 'problems'> {
  /** Options for `new R2Client(options)`. */
  readonly options: R2ClientOptions
}

const noTransport: Transport = {
  name: 'none',
  send: () => Promise.reject(new Error('sends nothing')),
  close: () => Promise.resolve(),
}

const client: ClientModule = {
  fields: clientOptionFields,
  async checkClient(options) {
    const { R2Client } = await import('./r2-client.js')
    // The transport of the options must be neither made twice nor closed.
    const { transport, ...others } = options as Partial<ClientOptionFields>
    const checked = typeof transport === 'object' ? { ...others, transport: noTransport } : others
    await new R2Client(checked as R2ClientOptions).dispose()
  },
}

/**
 * Reads the configuration of a client. Each setting comes from the first source that has it: `overrides`, the selected profile,
 * the environment, the file, the default. Account, endpoint and jurisdiction come from one source together.
 *
 * @throws R2Error `InvalidConfig` with all problems: file, line, column, field, rule and correction of each. `problemsOf(error)`
 *   returns them one by one
 * @example
 * import { loadConfig } from 'r2kit/config'
 * const r2 = R2Client.fromConfig(await loadConfig({ file: 'r2.yaml' }))
 */
export const loadConfig = async (sources: ConfigSources = {}): Promise<LoadedConfig> => {
  const { problems, options, ...inspected } = await inspect(sources, client)
  if (problems.length > 0) throw configError(problems)
  return { ...inspected, options: options as R2ClientOptions }
}

/**
 * Reads a configuration without throwing its problems, for tools that show all settings and where they come from.
 *
 * @throws R2Error `InvalidConfig` for an option of `sources` itself
 * @example
 * const { settings, problems } = await inspectConfig({ file: 'r2.yaml' })
 */
export const inspectConfig = async (sources: ConfigSources = {}): Promise<Omit<InspectedConfig, 'options'>> => {
  const { options: _, ...inspected } = await inspect(sources, client)
  return inspected
}
