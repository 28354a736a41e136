#!/usr/bin/env node
// Runs the built program. This file is committed, unlike `dist`, because npm links a `bin` into `node_modules/.bin` only if its file
// exists at install time. In a clone, that is before the first build.
import { existsSync } from 'node:fs'

const program = new URL('../dist/node/bin.js', import.meta.url)
if (existsSync(program)) {
  await import(program.href)
} else {
  console.error('r2: The program is not built. Run npm run build in the root of the repository.')
  process.exitCode = 2
}
