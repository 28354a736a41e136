// Checks the declarations that the package publishes, for every entry point:
//
// - Every type that a public declaration names is exported by some entry point, so that users can name it too.
// - Every optional property accepts `undefined`, so that inputs can be built under `exactOptionalPropertyTypes`.
//
//   node scripts/check-public-types.mjs [--root FOLDER]
//
// Reads `dist`, so build first. It uses the API of TypeScript 7, which is unstable: the exact version is in package.json.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SyntaxKind } from 'typescript/unstable/ast'
import { API, SymbolFlags } from 'typescript/unstable/sync'
import { checkOptions } from './support/repository.mjs'

const { root } = checkOptions({})

/** Packages → entry points that are left out, and the reason. */
const packages = {
  r2kit: { './protocol': 'without promise of stability, for @r2kit/local' },
  local: {},
}

const helper = 'a step in the computation of a type'
const base = 'a base class, whose members the exported class has'
const part = 'a part of R2ClientOptions, which is exported'

/** Name of a declaration → why it need not be exported. */
const accepted = {
  At: helper,
  BoundedTransport: base,
  BoundedTransportOptions: base,
  PlatformFetch: base,
  SendWithStreams: base,
  Streams: base,
  ClientOptionFields: part,
  CoreOptions: part,
  EndpointChoice: part,
  InSomeBucket: helper,
  Methods: helper,
  Parameters: helper,
  R2ErrorBase: base,
  RequiredNames: helper,
  RuntimeOptions: part,
  SafeDownloads: helper,
  SafeMethods: helper,
  safeMethods: helper,
  TakesBucket: helper,
  TransportChoice: part,
  Unbound: helper,
}

const problems = []
let typeCount = 0

const entriesOf = (name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  const folder = join(root, 'packages', name)
  return Object.entries(exports)
    .filter(([path, target]) => typeof target === 'object' && !(path in packages[name]))
    .map(([path, target]) => ({ path, file: join(folder, target.types) }))
}

/** Opens a project whose files are the entry points of a package. */
const open = (api, folder, name, entries) => {
  const config = join(folder, `tsconfig.${name}.json`)
  const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023', skipLibCheck: true }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: entries.map(({ file }) => file) }))
  return api.updateSnapshot({ openProjects: [config] }).getProject(config)
}

const checkPackage = (api, name, folder) => {
  const entries = entriesOf(name)
  const missing = entries.filter(({ file }) => !existsSync(file))
  if (missing.length > 0) throw new Error(`${missing[0].file} does not exist. Run npm run build.`)
  const { program, checker } = open(api, folder, name, entries)
  const inside = join(root, 'packages', name, 'dist')
  const resolved = (symbol) => (symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)

  /** Symbols by ID, with the name under which an entry point exports them. */
  const exported = new Map()
  for (const { file, path } of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file))
    for (const symbol of checker.getExportsOfModule(module)) exported.set(resolved(symbol).id, { symbol, path })
  }

  const seen = new Set()
  /** @param from the declaration that names the symbol */
  const visit = (given, from) => {
    const symbol = resolved(given)
    if (seen.has(symbol.id) || symbol.flags & SymbolFlags.TypeParameter) return
    const nodes = symbol.declarations
      // Globals of the platform, for programs without the types of their runtime.
      .filter(({ path }) => path.startsWith(inside) && !path.endsWith('/platform-types.d.ts'))
      .map((handle) => handle.resolve())
    if (nodes.length === 0) return
    seen.add(symbol.id)
    typeCount++
    if (!exported.has(symbol.id) && !(symbol.name in accepted))
      problems.push(`${name}: ${from} names ${symbol.name}, which no entry point exports`)
    for (const node of nodes) if (node !== undefined) walk(node, symbol.name)
  }

  const walk = (node, from) => {
    if (isInternal(node)) return
    // `interface Objects extends Pick<ObjectsApi, keyof ObjectsApi>`: users see the members, not the class.
    if (node.kind === SyntaxKind.HeritageClause) return walkHeritage(node, from)
    if (node.kind === SyntaxKind.PropertySignature && node.postfixToken !== undefined && !acceptsUndefined(node))
      problems.push(`${name}: ${from}.${node.name.getText()} is optional and does not accept undefined`)
    if (node.kind === SyntaxKind.Identifier) {
      const symbol = checker.getSymbolAtLocation(node)
      if (symbol !== undefined && symbol.flags & named) visit(symbol, from)
      return
    }
    node.forEachChild((child) => walk(child, from))
  }

  const walkHeritage = (node, from) => {
    const text = node.getText()
    const [, implementation] = /\bPick<(\w+)(?:<\w+>)?, keyof \1/.exec(text) ?? []
    if (implementation === undefined) return node.forEachChild((child) => walk(child, from))
    const symbol = checker.resolveName(implementation, SymbolFlags.Type, node)
    const target = symbol && resolved(symbol)
    if (target === undefined || seen.has(target.id)) return
    seen.add(target.id)
    for (const handle of target.declarations) {
      const declaration = handle.resolve()
      declaration?.forEachChild((member) => {
        if (member.kind !== SyntaxKind.Constructor) walk(member, from)
      })
    }
  }

  for (const { symbol, path } of exported.values()) visit(symbol, `the entry point ${path}`)
}

/** Kinds of symbols that a type can name. */
const named = SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias | SymbolFlags.Enum | SymbolFlags.Alias

const isInternal = (node) => node.jsDoc?.some((comment) => /@internal\b/.test(comment.getText())) === true

const isUndefined = ({ kind }) => kind === SyntaxKind.UndefinedKeyword

/** Whether the type of a property is `unknown`, `any`, or a union with `undefined`. */
const acceptsUndefined = ({ type }) =>
  isUndefined(type) ||
  type.kind === SyntaxKind.UnknownKeyword ||
  type.kind === SyntaxKind.AnyKeyword ||
  (type.kind === SyntaxKind.UnionType && type.types.some(isUndefined))

const folder = mkdtempSync(join(root, 'packages', '.public-types-'))
const api = new API({ cwd: root })
try {
  for (const name of Object.keys(packages)) checkPackage(api, name, folder)
} finally {
  api.close()
  rmSync(folder, { recursive: true })
}

for (const problem of problems) console.error(problem)
console.log(`public types: ${typeCount} declarations, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
