/**
 * Tests every exported function and class with invalid arguments, as untyped callers pass them. An export without a case
 * needs a reason in `withoutInput`; a new export without either fails the first test.
 */
import * as client from 'r2kit'
import * as credentials from 'r2kit/credentials'
import * as diagnostics from 'r2kit/diagnostics'
import * as logging from 'r2kit/logging'
import * as otel from 'r2kit/otel'
import * as presign from 'r2kit/presign'
import * as prometheus from 'r2kit/prometheus'
import * as requests from 'r2kit/requests'
import * as resilience from 'r2kit/resilience'
import * as safe from 'r2kit/safe'
import * as simulation from 'r2kit/simulation'
import * as testing from 'r2kit/testing'
import * as transfers from 'r2kit/transfers'
import { expect, test } from 'vitest'
import { exportCases } from '../support/inputs/export-cases.js'
import { describeInputs } from '../support/inputs/input-suite.js'
import { methodNames } from '../support/inputs/method-names.js'

/** Exports without a case, and the reason. */
const withoutInput: Readonly<Record<string, string>> = {
  R2Error: 'created by the library',
  isR2Error: 'accepts any value',
  printFaultRule: 'takes a rule that parseFaultRule has read',
  ReplayTransport: 'takes a SimulationReplayer',
  SimulatedR2: 'takes a clock',
  seededRandom: 'accepts any number',
  SafeR2Client: 'takes a client, or a fake of one',
  ok: 'accepts any value',
  err: 'accepts any value',
  unwrap: 'takes a result',
  unwrapOr: 'takes a result',
  map: 'takes a result',
  mapErr: 'takes a result',
  resultOf: 'accepts any value',
  SimulationError: 'created by the library',
  VirtualClock: 'takes a number',
}

test.each([
  ['r2kit', client],
  ['r2kit/credentials', credentials],
  ['r2kit/diagnostics', diagnostics],
  ['r2kit/logging', logging],
  ['r2kit/otel', otel],
  ['r2kit/presign', presign],
  ['r2kit/prometheus', prometheus],
  ['r2kit/requests', requests],
  ['r2kit/resilience', resilience],
  ['r2kit/safe', safe],
  ['r2kit/simulation', simulation],
  ['r2kit/testing', testing],
  ['r2kit/transfers', transfers],
])('every function that %s exports has an input case or a reason for having none', (_, entry) => {
  const functions = Object.entries(entry).filter(([, value]) => typeof value === 'function')
  const unknown = functions.map(([name]) => name).filter((name) => !(name in exportCases) && !(name in withoutInput))
  expect(unknown).toEqual([])
})

test('every method of the builder has an input case', () => {
  const names = methodNames(new client.R2ClientBuilder(), 'R2ClientBuilder.')
  const covered = new Set(exportCases.R2ClientBuilder?.map(({ name }) => name))
  expect(names.filter((name) => !covered.has(name))).toEqual(['R2ClientBuilder.build'])
})

describeInputs(Object.values(exportCases).flat())
