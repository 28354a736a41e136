import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '..')

/** Modules that no simulated run loads: other transports, and folders of other entry points. */
const unused = /^(?:http\/(?!body\/)|simulation\/|testing\/)/

const lazyImportsOf = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/^(?! *\*).*?(?<!typeof )import\('(\.[^']+)'\)/gm)].map(
    ([, target = '']) => relative(source, join(source, dirname(file), target)),
  )

test('preload names every module that a simulated client loads on first use', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file),
  )
  const lazy = files.filter((file) => !unused.test(file)).flatMap(lazyImportsOf)
  const needed = [...new Set(lazy)].filter((target) => !target.endsWith('.test.js'))
  expect(needed.length).toBeGreaterThan(5)
  expect(needed.filter((target) => !lazyImportsOf('testing/preload.ts').includes(target))).toEqual([])
})
