import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutants } from './mutants.mjs'

const source = join(import.meta.dirname, '../../packages/r2kit/src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })

test.each(mutants)('the piece that breaks the engine by $name is in $file', ({ file, replace }) => {
  const matches = files.filter((path) => path.endsWith(file))
  expect(matches).toEqual([file])
  expect(readFileSync(join(source, file), 'utf8').split(replace)).toHaveLength(2)
})
