/** The published JSON Schema accepts what the loader accepts, and nothing else. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { inspectConfig } from 'r2kit/config'
import { describe, expect, test } from 'vitest'
import { settings } from './settings.js'
import type { ValueKind } from './value-kind.js'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const schema: object = JSON.parse(read('../../config.schema.json'))
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema)

const environment = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: '1'.repeat(64) }
const endpoint = 'http://localhost:9000'

/** JSON is YAML. */
const problemsOf = async (document: unknown) =>
  (await inspectConfig({ text: JSON.stringify(document), environment })).problems

/** Settings that depend on others, or on files: their values alone do not decide. */
const dependent =
  /^(account_id|endpoint|jurisdiction|region|addressing|credentials\.|connection_pool\.(ca|ca_file|proxy)|simulation\.enabled|presign\.m|connection_pool\.http2)/
const independent = settings.filter(({ path }) => !dependent.test(path))

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    'x',
    '4',
    'none',
    'full',
    'true',
    [],
    ['GET'],
    ['x', ''],
    [1],
    {},
    { a: 1 },
    0,
    -1,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)

/** Mostly valid values. */
const valuesOf = (kind: ValueKind): fc.Arbitrary<unknown> => {
  switch (kind.type) {
    case 'flag':
      return fc.boolean()
    case 'choice':
      return fc.constantFrom(...kind.words)
    case 'list':
      return fc.array(kind.words === undefined ? fc.string({ minLength: 1 }) : fc.constantFrom(...kind.words), {
        minLength: 1,
      })
    case 'text':
      return fc.string({ minLength: 1 })
    case 'number': {
      const { min = kind.above ?? 0, max = 1e6, isWhole = false, words = {} } = kind
      const numbers = isWhole
        ? fc.integer({ min, max: Math.min(max, 2 ** 31 - 1) < min ? min : Math.min(max, 2 ** 31 - 1) })
        : fc.double({ min, max, noNaN: true })
      return fc.oneof(numbers, fc.constantFrom(min, max, min - 1, ...Object.keys(words)))
    }
  }
}

const setAt = (document: Record<string, unknown>, path: string, value: unknown): void => {
  const names = path.split('.')
  let target = document
  for (const name of names.slice(0, -1)) {
    target[name] = typeof target[name] === 'object' && target[name] !== null ? target[name] : {}
    target = target[name] as Record<string, unknown>
  }
  target[names.at(-1) ?? ''] = value
}

const field = fc
  .constantFrom(...independent)
  .chain(({ path, kind }) =>
    fc.tuple(
      fc.oneof(
        { weight: 20, arbitrary: fc.constant(path) },
        { weight: 1, arbitrary: fc.constantFrom(`${path}x`, 'unknown', 'timeouts.unknown', 'profiles.a.unknown') },
      ),
      fc.oneof({ weight: 8, arbitrary: valuesOf(kind) }, { weight: 1, arbitrary: anything }),
    ),
  )

const documents = fc.array(field, { maxLength: 6 }).map((fields) => {
  const section: Record<string, unknown> = { endpoint }
  // A section in the place of a field is wrong in both, and so is a field in the place of a section.
  for (const [path, value] of fields) setAt(section, path, value)
  return { cloudflare_r2: section }
})

/** The grammar of variables is the loader's: JSON Schema cannot express nested defaults. */
const hasNoVariable = (value: unknown): boolean => JSON.stringify(value)?.includes('${') !== true

describe('the JSON Schema', () => {
  test('accepts a document exactly if the loader does', async () => {
    let accepted = 0
    let rejected = 0
    await fc.assert(
      fc.asyncProperty(documents.filter(hasNoVariable), async (document) => {
        const isValid = validate(document)
        const problems = await problemsOf(document)
        expect({ document, isValid, problems }).toMatchObject({ isValid: problems.length === 0 })
        if (isValid) accepted++
        else rejected++
      }),
      { numRuns: 300 },
    )
    // A generator of only one kind would prove nothing.
    expect(Math.min(accepted, rejected)).toBeGreaterThan(30)
  })

  test.each(independent.map((setting) => [setting.path, setting] as const))(
    'and the loader agree on every value of %s',
    async (path, { kind }) => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(valuesOf(kind), anything).filter(hasNoVariable), async (value) => {
          const section: Record<string, unknown> = { endpoint }
          setAt(section, path, value)
          const document = { cloudflare_r2: section }
          const problems = await problemsOf(document)
          expect({ value, problems, isValid: validate(document) }).toMatchObject({ isValid: problems.length === 0 })
        }),
        { numRuns: 12 },
      )
    },
  )

  test('accepts a variable in every field', () => {
    for (const { path } of settings) {
      const section = {}
      setAt(section, path, '${NAME:-x}')
      expect([path, validate({ cloudflare_r2: section })]).toEqual([path, true])
    }
  })

  test.each([
    [{}, false],
    [{ cloudflare_r2: null }, true],
    [{ cloudflare_r2: {}, other: {} }, false],
    [{ cloudflare_r2: {}, 'x-anchors': [] }, true],
    [{ cloudflare_r2: { profiles: { staging: { account_id: 'f'.repeat(32) } } } }, true],
    [{ cloudflare_r2: { profiles: { staging: { profiles: {} } } } }, false],
    [{ cloudflare_r2: { account_id: 'f'.repeat(31) } }, false],
    [{ cloudflare_r2: { jurisdiction: 'mars' } }, false],
    [{ cloudflare_r2: { credentials: { source: 'vault', vault: { path: 'r2' } } } }, true],
    [{ cloudflare_r2: { credentials: { source: 'elsewhere' } } }, false],
  ])('accepts %j: %s', (document, isAccepted) => {
    expect(validate(document)).toBe(isAccepted)
  })

  test('accepts the examples of the guide', async () => {
    const { parse } = await import('yaml')
    const guide = read('../../../../docs/guides/configuration.md')
    const examples = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) expect([validate(parse(example)), validate.errors]).toEqual([true, null])
  })
})
