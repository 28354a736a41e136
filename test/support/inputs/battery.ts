/** What every method has to do with what it does not take: refuse it before anything is sent, and say which field it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Case } from './cases.js'
import { foreign, hostileValues } from './hostile.js'
import { accepts, fieldOf, type Place, placesOf, sampleOf } from './mutations.js'
import { isValidationError, runCase } from './run-case.js'

const shownPlace = (one: Case, place: Place, value: string): string => `${one.name} with ${value} as ${place.name}`

/** The call has to be refused, naming the field or a part of it, before anything was sent. */
const expectRefusal = async (one: Case, values: readonly unknown[], field: string, what: string): Promise<void> => {
  const { error, sent, isThrown } = await runCase(one, values)
  if (!isValidationError(error)) expect.fail(`${what} is not refused: ${error instanceof Error ? error.stack : error}`)
  expect(error.field?.startsWith(field), `${what} is blamed on ${error.field}`).toBe(true)
  expect(error.message, what).toContain(error.field)
  expect(sent, `${what} is sent`).toBe(0)
  expect(isThrown, `${what} is thrown instead of rejected`).toBe(one.isSync === true)
}

/** The call must not be refused for its input. */
const expectNoRefusal = async (one: Case, values: readonly unknown[], what: string): Promise<void> => {
  const { error } = await runCase(one, values)
  if (error === undefined) return
  const isOfServer = !isValidationError(error) && error instanceof Error && error.name === 'R2Error'
  if (!isOfServer) expect.fail(`${what} is refused: ${error instanceof Error ? error.stack : error}`)
}

/** Refused or not, a call ends in its own kind of error. */
const expectOrderlyEnd = async (one: Case, values: readonly unknown[], what: string): Promise<void> => {
  const { error, sent } = await runCase(one, values)
  if (error === undefined) return
  if (!(error instanceof Error) || error.name !== 'R2Error') expect.fail(`${what} ends in ${error}`)
  if (isValidationError(error)) expect(sent, `${what} is refused after it was sent`).toBe(0)
}

/** Another object in place of a structure is blamed on a field that it has, or lacks. */
const blamed = ({ kind, name }: Place, value: unknown): string =>
  kind.is === 'structure' && typeof value === 'object' && value !== null ? '' : name

const isAvoided = ({ kind }: Place, value: unknown): boolean => kind.is === 'scalar' && kind.avoids?.(value) === true

/** The tests of some methods, to be called where `describe` may be. */
export const describeInputs = (cases: readonly Case[]): void =>
  describe.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const places = placesOf(one)

    test('lets valid arguments through', async () => {
      await expectNoRefusal(
        one,
        one.takes.map(({ kind }) => sampleOf(kind)),
        one.name,
      )
      for (const place of places) {
        const goods = place.kind.is === 'scalar' ? place.kind.good : [() => sampleOf(place.kind)]
        for (const [index, make] of goods.entries())
          await expectNoRefusal(one, place.withValue(make()), shownPlace(one, place, `good value ${index}`))
      }
    })

    test('refuses what is of another type, naming the field', async () => {
      const placeName = fc.constantFrom(...places.map(({ name }) => name))
      const valueName = fc.constantFrom(...hostileValues.keys())
      const property = fc.asyncProperty(placeName, valueName, async (name, valueName) => {
        const place = places.find((one) => one.name === name)
        const value = hostileValues.get(valueName)?.()
        if (place === undefined || isAvoided(place, value)) return
        const what = shownPlace(one, place, valueName)
        const verdict = accepts(place.kind, value)
        if (verdict === false) await expectRefusal(one, place.withValue(value), blamed(place, value), what)
        else if (verdict === true) await expectNoRefusal(one, place.withValue(value), what)
        else await expectOrderlyEnd(one, place.withValue(value), what)
      })
      await fc.assert(property, { numRuns: runsOf(places) })
    })

    test('refuses an unknown field, wherever it stands', async () => {
      for (const place of places) {
        if (place.kind.is !== 'structure' || place.kind.isOpen) continue
        const field = fieldOf(one, place, 'zzUnknown')
        const values = place.withValue({ ...place.kind.sample(), zzUnknown: 1 })
        await expectRefusal(one, values, field, shownPlace(one, place, 'an unknown field'))
      }
    })

    test('refuses a getter that throws, naming its field', async () => {
      for (const place of places) {
        if (place.kind.is !== 'structure') continue
        for (const name of Object.keys(place.kind.fields)) {
          const given = Object.defineProperty({ ...place.kind.sample() }, name, {
            enumerable: true,
            get() {
              throw new Error('a getter of the caller')
            },
          })
          const field = fieldOf(one, place, name)
          await expectRefusal(one, place.withValue(given), field, `${one.name} with a getter that throws as ${field}`)
        }
      }
    })

    test('takes plain objects and arrays of another realm as its own', async () => {
      for (const place of places) {
        if (place.kind.is === 'scalar') continue
        const sample = sampleOf(place.kind)
        // Only what JSON can carry is the same in the other realm.
        if (JSON.stringify(sample) !== JSON.stringify(structuredClone(sample))) continue
        const twin = foreign(`(${JSON.stringify(sample)})`)
        if (!isSame(sample, twin)) continue
        await expectNoRefusal(one, place.withValue(twin), shownPlace(one, place, 'a twin of another realm'))
      }
    })
  })

const isSame = (sample: unknown, twin: unknown): boolean => {
  try {
    expect(structuredClone(twin)).toEqual(structuredClone(sample))
    return true
  } catch {
    // Bytes, functions and the like.
    return false
  }
}

/** Each run meets every place some twenty times, and every value at it once in a few runs. */
const runsOf = (places: readonly Place[]): number => places.length * 20
