/**
 * Fault rules as text, for command lines and logs: `kind=status,status=503,operation=PutObject,key=films/*,rate=0.3`.
 *
 * Fields are separated by commas. `%` and `,` inside a value are written `%25` and `%2C`; any other percent-encoded character
 * is decoded too. Spaces around names and values do not count: write `%20` for one that does. A latency is `latencyMs=100`, `minMs=10,maxMs=200` or `medianMs=50,p99Ms=2000`.
 */
import { R2Error } from '../../errors/index.js'
import { anyText, nearestName, refuseOption, shown } from '../../validation/index.js'
import { type FaultKind, type FaultRule, faultFieldsOf, faultKinds, readFaultRule } from './fault-rule.js'

const numberForm = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Fields of a latency, which a rule holds in one object. */
const latencyParts = ['minMs', 'maxMs', 'medianMs', 'p99Ms']
const textFields: ReadonlySet<string> = new Set(['kind', 'operation', 'bucket', 'key', 'code', 'contentLength'])

/**
 * Parses a rule.
 *
 * @throws R2Error `InvalidConfig` naming the field, the rule and the nearest valid name
 * @example parseFaultRule('kind=slow-down,operation=PutObject,rate=0.3,retryAfter=2')
 */
export const parseFaultRule = (given: string): FaultRule => {
  const text = anyText.read(given, 'rule', refuseOption)
  const refuse = (field: string, problem: string, hint: string, cause?: unknown): R2Error =>
    new R2Error('InvalidConfig', `fault rule ${shown(text)}: ${field} ${problem}`, { field, hint, cause })
  const fields = new Map<string, string>()
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0)).trim()
    if (name === '') {
      throw refuse(
        shown(part),
        'must be name=value',
        'Separate fields by commas: kind=status,status=503. Write %2C for a comma.',
      )
    }
    if (fields.has(name)) throw refuse(name, 'is given twice', 'Keep one of the two; use a rule for each value.')
    fields.set(name, part.slice(equals + 1).trim())
  }
  const kind = knownKind(fields.get('kind'), refuse)
  const known = ['kind', ...faultFieldsOf(kind), ...(kind === 'latency' ? latencyParts : [])]
  const rule: Record<string, unknown> = {}
  const latency: Record<string, unknown> = {}
  for (const [name, raw] of fields) {
    if (!known.includes(name)) throw unknownField(name, kind, known, refuse)
    const value = fieldValue(name, raw, refuse)
    if (latencyParts.includes(name)) latency[name] = value
    else rule[name] = value
  }
  if (Object.keys(latency).length > 0) {
    if (rule.latencyMs !== undefined)
      throw refuse('latencyMs', 'excludes minMs, maxMs, medianMs and p99Ms', 'Keep one form.')
    rule.latencyMs = latency
  }
  return readFaultRule(rule, (field, problem, hint, cause) =>
    refuse(field.replace(/^latencyMs\./, ''), problem, hint, cause),
  )
}

type Refuse = (field: string, problem: string, hint: string, cause?: unknown) => R2Error

const knownKind = (given: string | undefined, refuse: Refuse): FaultKind => {
  const kind = faultKinds.find((name) => name === given)
  if (kind !== undefined) return kind
  const all = `Use one of ${faultKinds.join(', ')}.`
  if (given === undefined) throw refuse('kind', 'is missing', all)
  throw refuse('kind', `is ${shown(given)}, which is not a kind of fault`, suggestion(given, faultKinds) ?? all)
}

const unknownField = (name: string, kind: FaultKind, known: readonly string[], refuse: Refuse): R2Error =>
  refuse(name, `is not a field of a '${kind}' fault`, suggestion(name, known) ?? `Use ${known.join(', ')}.`)

const suggestion = (given: string, known: readonly string[]): string | undefined => {
  const nearest = nearestName(given, known)
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`
}

const fieldValue = (name: string, raw: string, refuse: Refuse): string | number => {
  const isNumber = numberForm.test(raw)
  if (isNumber && !textFields.has(name)) return Number(raw)
  if (!textFields.has(name) && name !== 'retryAfter') {
    throw refuse(name, `must be a number, but it is ${shown(raw)}`, `For example: ${name}=1.`)
  }
  try {
    return decodeURIComponent(raw)
  } catch (cause) {
    throw refuse(name, 'has a % that does not start a percent-encoded character', 'Write %25 for %.', cause)
  }
}

/** A rule as text. `parseFaultRule` of it is the same rule. */
export const printFaultRule = (rule: FaultRule): string => {
  const { kind, ...fields } = rule
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value] as const],
  )
  const printed = pairs.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${print(value)}`)
  return [`kind=${kind}`, ...printed].join(',')
}

const print = (value: unknown): string => {
  if (typeof value !== 'string') return String(value)
  // Text that looks like a number stays text.
  const isNumber = numberForm.test(value)
  const escaped = value.replace(/[%,]|^\s+|\s+$/g, (text) => (text === ',' ? '%2C' : encodeURIComponent(text)))
  return isNumber ? `%${escaped.charCodeAt(0).toString(16)}${escaped.slice(1)}` : escaped
}
