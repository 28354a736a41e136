import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Includes the modules of undici that the sources import, in a form that every bundler and loader can take over. They are
 * CommonJS, and esbuild's ESM output for Node has no `require` for built-in modules: a user's bundle would throw
 * `Dynamic require of "node:net" is not supported`. `process.getBuiltinModule` (Node 20.16 and later) works in both formats.
 * docs/decisions/2026-11-27-commonjs-and-bundlers.md gives the reasons.
 */
export const inlinedUndici = (folder) => ({
  name: 'inlined-undici',
  setup({ onResolve, onLoad }) {
    const { resolve } = createRequire(join(folder, 'package.json'))
    onResolve({ filter: /^undici\// }, ({ path }) => ({ path: resolve(path), sideEffects: false }))
    onResolve({ filter: /^r2kit:timers$/ }, () => ({ path: join(folder, 'src/http/native-timers.ts') }))
    onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = `${prologue}${source.replaceAll(requireOfBuiltin, 'getBuiltin($1)')}`
      // A way to load built-in modules that the pattern does not know must fail here, not in a user's bundle.
      if (/\brequire\((?!['"]\.|'r2kit:timers')/.test(contents))
        return { errors: [{ text: `${path} loads a module in an unknown way` }] }
      return { contents }
    })
  },
})

const requireOfBuiltin = /\brequire\(('node:[\w/]+')\)/g

/**
 * Timers: see `native-timers.ts`. `getBuiltin` fails as `require` does, because undici detects features by the code of the error. On one line, to keep
 * line numbers.
 */
const prologue =
  "const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = require('r2kit:timers');" +
  'const getBuiltin = (id) => { const found = process.getBuiltinModule(id); if (found === undefined) ' +
  "throw Object.assign(new Error('No such built-in module: ' + id), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' }); return found };"

/** The licence of undici, beside bundles that contain it. */
export const licencesOf = (folder, files, runtime) => {
  if (!files.some(({ text }) => text.includes('node_modules/undici/'))) return []
  const home = dirname(createRequire(join(folder, 'package.json')).resolve('undici/package.json'))
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const text = `The bundles of this folder contain parts of undici ${version}.\n\n${readFileSync(join(home, 'LICENSE'), 'utf8')}`
  return [{ path: join(folder, 'dist', runtime, 'LICENSE-undici.txt'), contents: Buffer.from(text) }]
}
