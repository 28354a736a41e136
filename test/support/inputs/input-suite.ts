/** Tests that every method rejects invalid arguments before anything is sent, with an error that names the field. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accepts, fieldOf, type Location, locationsOf, sampleOf } from './argument-locations.js'
import { foreign, hostileValues } from './hostile-values.js'
import type { Case } from './method-cases.js'
import { isValidationError, runCase } from './run-case.js'

const describeCall = (entry: Case, location: Location, value: string): string =>
  `${entry.name} with ${value} as ${location.name}`

/** Asserts that the call is rejected before anything is sent, with an error that names the field or a part of it. */
const expectRejection = async (entry: Case, values: readonly unknown[], field: string, call: string): Promise<void> => {
  const { error, sent, isThrown } = await runCase(entry, values)
  if (!isValidationError(error)) expect.fail(`${call} is not rejected: ${error instanceof Error ? error.stack : error}`)
  expect(error.field?.startsWith(field), `${call} is rejected because of ${error.field}`).toBe(true)
  expect(error.message, call).toContain(error.field)
  expect(sent, `${call} is sent`).toBe(0)
  expect(isThrown, `${call} throws instead of rejecting`).toBe(entry.isSync === true)
}

/** Asserts that the call passes validation. */
const expectAcceptance = async (entry: Case, values: readonly unknown[], call: string): Promise<void> => {
  const { error } = await runCase(entry, values)
  if (error === undefined) return
  const isServerError = !isValidationError(error) && error instanceof Error && error.name === 'R2Error'
  if (!isServerError) expect.fail(`${call} is rejected: ${error instanceof Error ? error.stack : error}`)
}

/** Asserts that the call, valid or not, succeeds or fails with an `R2Error`. */
const expectResultOrR2Error = async (entry: Case, values: readonly unknown[], call: string): Promise<void> => {
  const { error, sent } = await runCase(entry, values)
  if (error === undefined) return
  if (!(error instanceof Error) || error.name !== 'R2Error') expect.fail(`${call} fails with ${error}`)
  if (isValidationError(error)) expect(sent, `${call} is rejected after it was sent`).toBe(0)
}

/** The field that the error must name. For another object instead of a structure, this may be any field of the object. */
const expectedField = ({ kind, name }: Location, value: unknown): string =>
  kind.is === 'structure' && typeof value === 'object' && value !== null ? '' : name

const isAvoided = ({ kind }: Location, value: unknown): boolean => kind.is === 'scalar' && kind.avoids?.(value) === true

/** Defines the input tests of these methods. */
export const describeInputs = (cases: readonly Case[]): void =>
  describe.each(cases.map((entry) => [entry.name, entry] as const))('%s', (methodName, entry) => {
    const locations = locationsOf(entry)

    test(`${methodName} accepts valid arguments`, async () => {
      await expectAcceptance(
        entry,
        entry.takes.map(({ kind }) => sampleOf(kind)),
        entry.name,
      )
      for (const location of locations) {
        const valid = location.kind.is === 'scalar' ? location.kind.good : [() => sampleOf(location.kind)]
        for (const [index, make] of valid.entries())
          await expectAcceptance(
            entry,
            location.withValue(make()),
            describeCall(entry, location, `valid value ${index}`),
          )
      }
    })

    test(`${methodName} rejects values of another type, naming the field`, async () => {
      const locationName = fc.constantFrom(...locations.map(({ name }) => name))
      const valueName = fc.constantFrom(...hostileValues.keys())
      const property = fc.asyncProperty(locationName, valueName, async (name, valueName) => {
        const location = locations.find((each) => each.name === name)
        const value = hostileValues.get(valueName)?.()
        if (location === undefined || isAvoided(location, value)) return
        const call = describeCall(entry, location, valueName)
        const values = location.withValue(value)
        const verdict = accepts(location.kind, value)
        if (verdict === false) await expectRejection(entry, values, expectedField(location, value), call)
        else if (verdict === true) await expectAcceptance(entry, values, call)
        else await expectResultOrR2Error(entry, values, call)
      })
      await fc.assert(property, { numRuns: runsFor(locations) })
    })

    test(`${methodName} rejects an unknown field at any depth`, async () => {
      for (const location of locations) {
        if (location.kind.is !== 'structure' || location.kind.isOpen) continue
        const field = fieldOf(entry, location, 'zzUnknown')
        const values = location.withValue({ ...location.kind.sample(), zzUnknown: 1 })
        await expectRejection(entry, values, field, describeCall(entry, location, 'an unknown field'))
      }
    })

    test(`${methodName} rejects a getter that throws, naming its field`, async () => {
      for (const location of locations) {
        if (location.kind.is !== 'structure') continue
        for (const name of Object.keys(location.kind.fields)) {
          const input = Object.defineProperty({ ...location.kind.sample() }, name, {
            enumerable: true,
            get() {
              throw new Error('the getter throws')
            },
          })
          const field = fieldOf(entry, location, name)
          const call = `${entry.name} with a getter that throws as ${field}`
          await expectRejection(entry, location.withValue(input), field, call)
        }
      }
    })

    test(`${methodName} accepts plain objects and arrays of another realm`, async () => {
      for (const location of locations) {
        if (location.kind.is === 'scalar') continue
        const sample = sampleOf(location.kind)
        // The copy is created through JSON, so values that JSON cannot represent are skipped.
        if (!isCloneable(sample) || JSON.stringify(sample) !== JSON.stringify(structuredClone(sample))) continue
        const copy = foreign(`(${JSON.stringify(sample)})`)
        if (!isSame(sample, copy)) continue
        await expectAcceptance(
          entry,
          location.withValue(copy),
          describeCall(entry, location, 'a copy of another realm'),
        )
      }
    })
  })

const isCloneable = (sample: unknown): boolean => {
  try {
    structuredClone(sample)
    return true
  } catch {
    // A function.
    return false
  }
}

const isSame = (sample: unknown, copy: unknown): boolean => {
  try {
    expect(structuredClone(copy)).toEqual(structuredClone(sample))
    return true
  } catch {
    // Functions, for example, cannot be cloned.
    return false
  }
}

/** Enough runs for about 20 values per location. Several runs of the suite cover all values. */
const runsFor = (locations: readonly Location[]): number => locations.length * 20
