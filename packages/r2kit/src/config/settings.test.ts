/** The table of settings agrees with the options of the client: nothing is missing, and bounds and defaults are the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clientOptionFields } from '../client-options.js'
import { isR2Error } from '../errors/index.js'
import { circuitBreaker } from '../resilience/circuit-breaker-layer.js'
import { type Field, refuseOption } from '../validation/index.js'
import { type Setting, variableOf } from './setting.js'
import { sections, settings } from './settings.js'
import { readTyped } from './value-kind.js'

/** Options that no file can express, or whose setting is elsewhere. */
const codeOnly: Readonly<Record<string, string>> = {
  'timeouts.connectMs': 'timeouts.connect_seconds sets connections.connectTimeoutMs, the limit of the client',
  'validation.warn': 'a function',
  'presign.onPresign': 'a function',
  'transfers.onWarning': 'a function',
  'credentials.expiresAt': 'credentials that expire come from a provider',
  'credentials.refreshAfter': 'credentials that expire come from a provider',
  'layers.call': 'functions',
  'layers.attempt': 'functions; see resilience.circuit_breaker',
  transport: 'an object; see simulation',
  clock: 'an object',
  random: 'a function',
  onEvent: 'functions',
}

/** Settings that take fewer numbers than their options: bytes are whole, and numbers exact. */
const narrower = ['transfers.memory_budget_bytes', 'resilience.retry.budget']

/** Paths of all options, the fields of sections included. */
const optionPaths = Object.entries(clientOptionFields).flatMap(([name, field]: [string, Field<unknown>]) =>
  field.fields === undefined ? [name] : Object.keys(field.fields).map((inner) => `${name}.${inner}`),
)

const fieldAt = (path: string): Field<unknown> | undefined => {
  let fields: Readonly<Record<string, Field<unknown>>> | undefined = clientOptionFields
  let field: Field<unknown> | undefined
  for (const name of path.split('.')) {
    field = fields?.[name]
    fields = field?.fields
  }
  return field
}

const isAccepted = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch (error) {
    if (isR2Error(error)) return false
    throw error
  }
}

const accepts = (setting: Setting, value: unknown): boolean =>
  isAccepted(() => readTyped(setting.kind, value, setting.path, refuseOption))

const converted = ({ kind, path }: Setting, value: unknown): unknown => readTyped(kind, value, path, refuseOption)

describe('the table of settings', () => {
  test('has every option that a file can express', () => {
    const mapped = new Set(settings.map(({ option = '' }) => option.replace(/^(connections\.proxy)\..*/, '$1')))
    const missing = optionPaths.filter((path) => !mapped.has(path) && !Object.hasOwn(codeOnly, path))
    expect(missing).toEqual([])
    expect(Object.keys(codeOnly).filter((path) => mapped.has(path))).toEqual([])
  })

  test('has each path, option and variable once, in a section that is described', () => {
    for (const names of [settings.map(({ path }) => path), settings.map(variableOf)])
      expect(new Set(names).size).toBe(settings.length)
    for (const { path } of settings) expect(sections).toHaveProperty([path.split('.').slice(0, -1).join('.')])
  })

  const clientSettings = settings.filter(({ option = '' }) => fieldAt(option) !== undefined)
  const numbers = [
    -1, 0, 1e-9, 0.1, 0.5, 1, 1.5, 2, 60, 1024, 604_800, 604_801, 5_242_879, 5_242_880, 5_363_466_240, 5_363_466_241,
  ]
  const values = [
    ...numbers,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e308,
    '4',
    '',
    'x',
    'full',
    'none',
    'path',
    'eu',
    'r2',
    true,
    null,
    [],
    ['GET'],
    ['x'],
    {},
  ]

  test.each(clientSettings.map((setting) => [setting.path, setting] as const))(
    'accepts for %s only values that the client accepts, and all of those that a file can have',
    (_, setting) => {
      const field = fieldAt(setting.option ?? '')
      const { kind } = setting
      for (const value of values) {
        if (accepts(setting, value)) {
          const read = () => field?.read(converted(setting, value), setting.option ?? '', refuseOption)
          expect({ value, isAccepted: isAccepted(read) }).toEqual({ value, isAccepted: true })
        } else if (
          typeof value === 'number' &&
          kind.type === 'number' &&
          Number.isFinite(value) &&
          !narrower.includes(setting.path)
        ) {
          // A thousand years are not accepted in a file: they are milliseconds in a field of seconds.
          if (kind.scale === 1000 && value > 1e9) continue
          const inMs = value * (kind.scale ?? 1)
          const read = () => field?.read(inMs, setting.option ?? '', refuseOption)
          expect({ value, isAccepted: isAccepted(read) }).toEqual({ value, isAccepted: false })
        }
      }
    },
  )

  test('accepts for the circuit breaker what the layer accepts', () => {
    const breaker = settings.filter(({ option = '' }) => option.startsWith('circuitBreaker.'))
    expect(breaker).toHaveLength(4)
    for (const setting of breaker) {
      const name = setting.option?.split('.')[1] ?? ''
      for (const value of values) {
        if (!accepts(setting, value)) continue
        expect(isAccepted(() => circuitBreaker({ [name]: converted(setting, value) }))).toBe(true)
      }
    }
  })
})

/** `@defaultValue` of every documented option: name → the values that the sources give it. */
const documentedDefaults = (): ReadonlyMap<string, Set<string>> => {
  const found = new Map<string, Set<string>>()
  const root = join(import.meta.dirname, '..')
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, comment = '', name = ''] of text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)\?:/g)) {
      const value = /@defaultValue\s+('[^']*'|\[[^\]]*\]|[\w.]+)/.exec(comment)?.[1]
      if (value !== undefined)
        found.set(name, (found.get(name) ?? new Set()).add(value.replaceAll('_', '').replace(/\.$/, '')))
    }
  }
  return found
}

describe('the defaults', () => {
  const defaults = documentedDefaults()
  const withDefault = settings.filter((setting) => setting.default !== undefined && setting.option !== undefined)

  test.each(withDefault.map((setting) => [setting.path, setting] as const))(
    'of %s is that of the option',
    (_, setting) => {
      const name = setting.option?.split('.').at(-1) ?? ''
      const value = Array.isArray(setting.default) ? setting.default : converted(setting, setting.default)
      const written =
        typeof value === 'string' ? `'${value}'` : JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ')
      expect([...(defaults.get(name) ?? [])]).toContain(written)
    },
  )

  test('of requirement 8.2 are these', () => {
    const of = Object.fromEntries(settings.map((setting) => [setting.path, setting.default]))
    expect(of).toMatchObject({
      'timeouts.connect_seconds': 30,
      'timeouts.small_object_seconds': 60,
      'timeouts.large_object_seconds': 300,
      'timeouts.list_seconds': 120,
      'multipart.threshold_bytes': 104_857_600,
      'multipart.part_size_bytes': 10_485_760,
      'multipart.concurrency': 4,
      'connection_pool.max_idle_per_host': 20,
      'connection_pool.idle_timeout_seconds': 90,
      'resilience.retry.max_attempts': 3,
      'resilience.retry.base_delay_ms': 100,
      'resilience.retry.max_delay_ms': 30_000,
      'resilience.retry.jitter_factor': 0.1,
      'resilience.circuit_breaker.failure_threshold': 5,
      'resilience.circuit_breaker.success_threshold': 3,
      'resilience.circuit_breaker.reset_timeout_seconds': 30,
      'simulation.enabled': false,
      'simulation.recording_path': './recordings/r2',
      'validation.max_key_length': 1024,
      'validation.max_metadata_size': 2048,
      'presign.max_expiration_seconds': 604_800,
      'presign.min_expiration_seconds': 60,
      'presign.cache_size': 1000,
    })
  })
})
