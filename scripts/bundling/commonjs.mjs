import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { transform } from 'esbuild'

/**
 * The bundles for Node as CommonJS, in `dist/cjs`: the same files and chunks, so that all entry points share each module. For
 * loaders without `require(esm)`, such as Jest's; Node loads the ESM bundles by `require` too.
 * docs/decisions/2026-11-27-commonjs-and-bundlers.md gives the reasons.
 *
 * @param folder of the package
 * @param files of `dist/node`
 * @returns {Promise<{ path: string, contents: Uint8Array }[]>}
 */
export const commonjsOf = async (folder, files, entryPoints) => {
  const target = join(folder, 'dist', 'cjs')
  const scripts = await Promise.all(
    files
      .filter(({ path }) => path.endsWith('.js'))
      .map(async ({ path, text }) => {
        const { code } = await transform(text.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'), {
          format: 'cjs',
          platform: 'node',
          target: 'node20',
          // Jest has no `import()` in CommonJS without a flag of Node.
          supported: { 'dynamic-import': false },
        })
        return { path: join(target, relative(join(folder, 'dist', 'node'), path)), contents: Buffer.from(code) }
      }),
  )
  const manifest = { path: join(target, 'package.json'), contents: Buffer.from('{ "type": "commonjs" }\n') }
  return [...scripts, ...declarationsOf(folder, target, entryPoints), manifest]
}

/** The declarations that the entry points reach. In a folder of CommonJS they describe CommonJS. */
const declarationsOf = (folder, target, entryPoints) => {
  const dist = join(folder, 'dist')
  const { imports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const found = new Map()
  const visit = (file) => {
    if (found.has(file)) return
    const text = readFileSync(join(dist, file), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')
    const rewritten = text.replaceAll(/(['"])(#[\w-]+|\.\.?\/[^'"\n]+)\1/g, (quoted, quote, specifier) => {
      const path = specifier.startsWith('#')
        ? relative('dist', imports[specifier].node.default)
        : join(dirname(file), specifier)
      const declaration = path.replace(/\.js$/, '.d.ts')
      // Texts in comments may look like a path.
      if (!existsSync(join(dist, declaration))) return quoted
      visit(declaration)
      const relativePath = relative(dirname(file), path)
      return `${quote}${relativePath.startsWith('.') ? relativePath : `./${relativePath}`}${quote}`
    })
    found.set(file, { path: join(target, file), contents: Buffer.from(rewritten) })
  }
  for (const source of Object.values(entryPoints)) visit(source.replace(/^src\//, '').replace(/\.ts$/, '.d.ts'))
  return [...found.values()]
}
