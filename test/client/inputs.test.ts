/**
 * Calls every public method with each field in turn replaced by invalid values, as untyped callers pass them. The call must
 * reject with an `R2Error` that names the field, before anything is sent.
 */
import { R2Client } from 'r2kit'
import { expect, test } from 'vitest'
import { testCredentials } from '../support/fake-transport.js'
import { describeInputs } from '../support/inputs/input-suite.js'
import { cases } from '../support/inputs/method-cases.js'
import { methodNames } from '../support/inputs/method-names.js'

test('every public method of a client has an input case', () => {
  const r2 = new R2Client({ accountId: 'a'.repeat(32), credentials: testCredentials })
  const names = [
    ...methodNames(r2, ''),
    ...methodNames(r2.objects, 'objects.'),
    ...methodNames(r2.multipart, 'multipart.'),
    ...methodNames(r2.buckets, 'buckets.'),
    ...methodNames(r2.buckets.cors, 'buckets.cors.'),
    ...methodNames(r2.buckets.lifecycle, 'buckets.lifecycle.'),
    ...methodNames(r2.buckets.encryption, 'buckets.encryption.'),
    ...methodNames(r2.presign, 'presign.'),
    ...methodNames(r2.transfers, 'transfers.'),
  ]
  const withoutInput = ['bucket', 'dispose']
  const covered = new Set(cases.map(({ name }) => name.split(' ')[0]))
  expect(names.filter((name) => !covered.has(name))).toEqual(withoutInput)
})

describeInputs(cases)
