import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from '../support.mjs'

/** Start of the tarball's name → options of attw. The command is a program; its module is for ES modules and require(esm). */
const tarballs = { 'r2kit-0': [], 'r2kit-local-0': [], 'r2kit-cli-0': ['--profile', 'esm-only'] }
const tarballOf = ({ packed }, name) => {
  const path = packed.find((file) => basename(file).startsWith(name))
  if (path === undefined || !existsSync(path)) throw new Error(`no tarball of ${name}`)
  return path
}

export const manifestChecks = Object.entries(tarballs).flatMap(([name, options]) => [
  {
    name: `publint has no finding in the tarball ${name}`,
    run: async (context) => {
      const tarball = tarballOf(context, name)
      const output = await run(join(context.tools, '.bin/publint'), ['run', tarball, '--strict'], {
        cwd: context.installed,
      })
      if (!output.includes('All good!')) throw new Error(output)
    },
  },
  {
    name: `attw has no finding in the tarball ${name}`,
    run: (context) =>
      run(join(context.tools, '.bin/attw'), [tarballOf(context, name), '--no-emoji', '--format', 'ascii', ...options], {
        cwd: context.installed,
        // It resolves every entry point in four ways.
        timeoutMs: 300_000,
      }),
  },
])
