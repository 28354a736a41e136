/** Options as a tree of plain objects, made of settings and of the options that the program passes. */
import { isPlain } from '../validation/index.js'
import type { Entry } from './read-section.js'

/** Options by name. */
export type Options = Record<string, unknown>

/** Sets the value at a path: `connections.connectTimeoutMs`. The names come from the table of settings. */
const setAt = (options: Options, path: string, value: unknown): void => {
  const names = path.split('.')
  const last = names.pop() ?? ''
  let target = options
  for (const name of names) {
    target[name] ??= {}
    target = target[name] as Options
  }
  target[last] = value
}

/** The options of these settings. */
export const optionsOf = (entries: Iterable<Entry>): Options => {
  const options: Options = {}
  for (const { setting, value } of entries) if (setting.option !== undefined) setAt(options, setting.option, value)
  return options
}

const isTree = (value: unknown): value is Options =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isPlain(value)

/** Sections whose options are merged one by one. All others are replaced as a whole. */
const mergedSections = ['timeouts', 'retry', 'validation', 'connections', 'presign', 'transfers']

/** The options of the program over those of the sources below it. `undefined` counts as absent. */
export const withOverrides = (options: Options, overrides: Options): Options => {
  const merged: Options = { ...options }
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue
    const below = merged[name]
    merged[name] =
      mergedSections.includes(name) && isTree(below) && isTree(value)
        ? { ...below, ...Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) }
        : value
  }
  return merged
}
