/** Errors about what the caller passed have advice: the table of codes has none for them, because it depends on the field. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/** Text of the parentheses that open at `start`. */
const parenthesized = (source: string, start: number): string => {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    if (source[at] === '(') depth++
    if (source[at] === ')' && --depth === 0) return source.slice(start, at + 1)
  }
  return source.slice(start)
}

/** The places where an error of these codes is made without a `hint`, by line. */
const withoutHint = (source: string): number[] =>
  [...source.matchAll(/(?:new R2Error|clientError)\(\s*'(?:InvalidInput|InvalidConfig)'/g)]
    // Examples in docstrings are not thrown.
    .filter(({ index }) => !/^ *(?:\*|\/[/*])/.test(source.slice(source.lastIndexOf('\n', index) + 1)))
    .filter(({ index }) => !/\bhint\b/.test(parenthesized(source, source.indexOf('(', index))))
    .map(({ index }) => source.slice(0, index).split('\n').length)

test('every InvalidInput and InvalidConfig of the three packages has a hint', async () => {
  const missing: string[] = []
  let found = 0
  for (const name of await readdir(packages, { recursive: true })) {
    if (!/^\w+[/\\]src[/\\].*\.ts$/.test(name) || name.endsWith('.test.ts')) continue
    const source = await readFile(packages + name, 'utf8')
    found += source.match(/'Invalid(?:Input|Config)'/g)?.length ?? 0
    missing.push(...withoutHint(source).map((line) => `${name}:${line}`))
  }
  expect(missing).toEqual([])
  // The pattern still fits the code.
  expect(found).toBeGreaterThan(20)
})

test('an error without a hint is found, on one line and on several', () => {
  expect(withoutHint("throw new R2Error('InvalidInput', `a (${b()})`, { field: 'x' })")).toEqual([1])
  expect(withoutHint("throw clientError('InvalidInput', 'text', { field: 'x' })")).toEqual([1])
  expect(withoutHint("\nnew R2Error(\n  'InvalidConfig',\n  'text',\n)")).toEqual([2])
  expect(withoutHint("new R2Error('InvalidInput', 'text', { hint: 'Do it.' })")).toEqual([])
  expect(withoutHint("new R2Error('InvalidConfig', problem, { field, hint, cause })")).toEqual([])
  expect(withoutHint("/** Fails. @example err(new R2Error('InvalidInput', 'no')) */")).toEqual([])
})
