/** The settings in use, each with its source, to find out where a value comes from. */
import { mask } from '../security/index.js'
import type { Source } from './problems.js'
import type { Entry } from './read-section.js'
import { variableOf } from './setting.js'
import { settings } from './settings.js'
import type { ValueKind } from './value-kind.js'

/** The value of a setting, and where it comes from. */
export interface ResolvedSetting {
  /** Place below `cloudflare_r2`: `timeouts.connect_seconds`. */
  readonly path: string
  /** The value in the unit of the file; undefined for a secret, and where there is none. */
  readonly value: string | number | boolean | readonly string[] | undefined
  /** Whether there is a value that is not shown. */
  readonly isSecret: boolean
  /** Undefined where there is neither a value nor a default. */
  readonly source: Source | undefined
  /** The environment variable of the setting. */
  readonly variable: string
}

/** All settings in the order of the table. */
export const resolvedSettings = (entries: ReadonlyMap<string, Entry>): readonly ResolvedSetting[] =>
  settings.map((setting) => {
    const { path, kind, isSecret = false } = setting
    const entry = entries.get(path)
    const variable = variableOf(setting)
    if (entry === undefined) {
      const source = setting.default === undefined ? undefined : ({ kind: 'default' } as const)
      return { path, value: setting.default, isSecret: false, source, variable }
    }
    const value = isSecret ? undefined : inUnitOfFile(kind, entry.value)
    return { path, value, isSecret, source: entry.source, variable }
  })

const inUnitOfFile = (kind: ValueKind, value: unknown): ResolvedSetting['value'] => {
  if (kind.type === 'number') {
    const word = Object.entries(kind.words ?? {}).find(([, meant]) => meant === value)?.[0]
    if (word !== undefined) return word
    if (typeof value === 'number') return Number((value / (kind.scale ?? 1)).toPrecision(15))
  }
  return typeof value === 'string' ? withoutPassword(value) : (value as ResolvedSetting['value'])
}

/** A URL may have a user name and password, such as that of a proxy. */
const withoutPassword = (text: string): string => text.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i, `$1${mask}@`)
