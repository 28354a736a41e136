import type { ValueKind } from './value-kind.js'

/** One field of a configuration file. */
export interface Setting {
  /** Place below `cloudflare_r2`: `timeouts.connect_seconds`. */
  readonly path: string
  /** Place in the options of a client: `connections.connectTimeoutMs`. Undefined where the loader itself uses the value. */
  readonly option?: string
  readonly kind: ValueKind
  /** Default in the unit of the file. Undefined where there is none. */
  readonly default?: string | number | boolean | readonly string[]
  /** One sentence for editors and the documentation. */
  readonly description: string
  /** The value is never shown. */
  readonly isSecret?: boolean
  /** Name of the environment variable, where it is not the path in upper case. */
  readonly variable?: string
}

/** The environment variable of a setting: `R2_TIMEOUTS_CONNECT_SECONDS` for `timeouts.connect_seconds`. */
export const variableOf = ({ path, variable }: Setting): string =>
  variable ?? `R2_${path.replaceAll('.', '_').toUpperCase()}`
