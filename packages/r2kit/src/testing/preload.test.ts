import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '..')

/** Modules that no simulated client loads: it has a transport and a key pair of its own. */
const unused = /^(?:http\/(?!body\/)|security\/provided-credentials)/

const targetsOf = (file: string, pattern: RegExp): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(pattern)].map(([, target = '']) =>
    relative(source, join(source, dirname(file), target)).replace(/\.js$/, '.ts'),
  )

/** Neither in comments nor in types. */
const lazyImportsOf = (file: string) => targetsOf(file, /^(?! *\*).*?(?<!typeof )import\('(\.[^']+)'\)/gm)
const staticImportsOf = (file: string) => targetsOf(file, /^(?:import|export) (?!type )[^']*?from '(\.[^']+)'/gm)

test('preload names every module that a simulated client loads on first use', () => {
  const preloaded = lazyImportsOf('testing/preload.ts')
  const reached = new Set(['testing.ts', ...preloaded])
  const missing = new Set<string>()
  for (const file of reached) {
    for (const target of staticImportsOf(file)) reached.add(target)
    for (const target of lazyImportsOf(file)) if (!unused.test(target)) missing.add(target)
  }
  expect(reached.size).toBeGreaterThan(100)
  expect(missing.size).toBeGreaterThan(5)
  expect([...missing].filter((file) => !reached.has(file))).toEqual([])
})
