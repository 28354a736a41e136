/** Errors of another copy of this package, in this realm and in another one. */
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import * as own from './index.js'

type Errors = typeof own

/** The script of a copy: an expression whose value is the module. */
let copy = ''

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'index.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'copy',
    write: false,
  })
  copy = `${outputFiles[0]?.text}; copy`
})

describe.each([
  ['a second copy of the package', (): Errors => new Function(`${copy.replace(/; copy$/, '; return copy')}`)()],
  ['another realm', (): Errors => runInContext(copy, createContext({}))],
])('an error of %s', (_, load) => {
  test('is an R2Error for isR2Error and instanceof, with its code, and so is an error of this copy there', () => {
    const foreign = load()
    const error: unknown = new foreign.R2Error('ObjectNotFound', 'it does not exist')
    expect(Object.getPrototypeOf(error)).not.toBe(own.R2Error.prototype)
    expect(own.isR2Error(error)).toBe(true)
    expect(own.isR2Error(error, 'ObjectNotFound')).toBe(true)
    expect(own.isR2Error(error, 'BucketNotFound', 'ObjectNotFound')).toBe(true)
    expect(own.isR2Error(error, 'BucketNotFound')).toBe(false)
    expect(error instanceof own.R2Error).toBe(true)
    expect(foreign.isR2Error(new own.R2Error('Timeout', 'it took too long'), 'Timeout')).toBe(true)
  })

  test('is no R2Error if it is of another class with the same fields', () => {
    const { R2Error: _, ...foreign } = load()
    const lookalike = Object.assign(new Error('x'), { name: 'R2Error', code: 'ObjectNotFound', kind: 'Object' })
    expect(foreign.isR2Error(lookalike, 'ObjectNotFound')).toBe(false)
  })
})
