/** The query of a request: its parameters in order, decoded once. `+` is a space, as in R2's own parser. */
import { percentDecode } from './percent.js'

export class QueryParameters {
  readonly entries: readonly (readonly [name: string, value: string])[]

  constructor(rawQuery: string) {
    this.entries = rawQuery === '' ? noEntries : rawQuery.split('&').filter(Boolean).map(decodeParameter)
  }

  /** The first value of that name, or undefined. A name without `=` has an empty value. */
  get(name: string): string | undefined {
    for (const entry of this.entries) if (entry[0] === name) return entry[1]
    return undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** The distinct names in order, without those that R2 ignores on every operation. */
  significantNames(): string[] {
    if (this.entries.length === 0) return []
    return [...new Set(this.entries.map(([name]) => name))].filter((name) => !isIgnored(name))
  }
}

const noEntries: readonly (readonly [string, string])[] = []

/** R2 ignores `x-id` (added by SDKs), `X-Amz-…` (presigned URLs) and `x-purpose` (Cloudflare's own) on every operation. */
const isIgnored = (name: string): boolean => name === 'x-id' || name === 'x-purpose' || name.startsWith('X-Amz-')

const decodeParameter = (parameter: string): readonly [string, string] => {
  const separator = parameter.indexOf('=')
  if (separator < 0) return [decodeQueryText(parameter), '']
  return [decodeQueryText(parameter.slice(0, separator)), decodeQueryText(parameter.slice(separator + 1))]
}

const decodeQueryText = (raw: string): string => percentDecode(raw.includes('+') ? raw.replaceAll('+', ' ') : raw)
