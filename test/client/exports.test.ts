/**
 * Every function and class that the package exports: it is tried with what callers without types pass, or it is in a list that
 * says why it takes no such thing. A new export without either fails the first test.
 */
import * as client from 'r2kit'
import * as presign from 'r2kit/presign'
import * as transfers from 'r2kit/transfers'
import { expect, test } from 'vitest'
import { describeInputs } from '../support/inputs/battery.js'
import { exportCases } from '../support/inputs/export-cases.js'
import { methodNames } from '../support/inputs/method-names.js'

/** The reason why an export takes no input of a user. */
const others: Readonly<Record<string, string>> = {
  R2Error: 'made by the library',
  isR2Error: 'takes any value',
}

test.each([
  ['r2kit', client],
  ['r2kit/presign', presign],
  ['r2kit/transfers', transfers],
])('every function that %s exports is tried, or known to take no input', (_, entry) => {
  const functions = Object.entries(entry).filter(([, value]) => typeof value === 'function')
  const unknown = functions.map(([name]) => name).filter((name) => !(name in exportCases) && !(name in others))
  expect(unknown).toEqual([])
})

test('every step of the builder has a case', () => {
  const names = methodNames(new client.R2ClientBuilder(), 'R2ClientBuilder.')
  const covered = new Set(exportCases.R2ClientBuilder?.map(({ name }) => name))
  expect(names.filter((name) => !covered.has(name))).toEqual(['R2ClientBuilder.build'])
})

describeInputs(Object.values(exportCases).flat())
