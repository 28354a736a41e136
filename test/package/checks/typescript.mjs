import { join } from 'node:path'
import { run, write } from '../support.mjs'

const source = `
import { isR2Error, R2Client, type R2ClientOptions } from 'r2kit'
import { presignUrl } from 'r2kit/presign'
import { fileJournal } from 'r2kit/transfers'

const target = { endpoint: 'http://127.0.0.1:9000', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
const options: R2ClientOptions = target
export const main = async (): Promise<string> => {
  const r2 = new R2Client(options)
  const at = { bucket: 'photos', key: 'cat.jpg' }
  const { etag } = await r2.objects.put({ ...at, body: new Uint8Array(3) })
  const object = await r2.objects.get(at)
  const bytes: Uint8Array = object.body
  const { body } = await r2.objects.getStream(at)
  const { url } = await r2.presign.get(at)
  const stored = await r2.transfers.upload(bytes, at, { journal: fileJournal('uploads') })
  const second = presignUrl({ method: 'GET', ...at, ...target, expiresInSeconds: 600 })
  try {
    await r2.objects.head(at)
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return error.code
    throw error
  }
  // @ts-expect-error: the types are the package's, and not any
  const wrong: number = etag
  return [etag, url, stored.etag, typeof body, second, wrong].join()
}
`

const moduleKinds = [
  { module: 'nodenext', moduleResolution: 'nodenext', files: ['main.mts', 'main.cts'] },
  { module: 'node16', moduleResolution: 'node16', files: ['main.mts', 'main.cts'] },
  { module: 'esnext', moduleResolution: 'bundler', files: ['main.ts'] },
]
const platforms = [
  { title: 'with lib DOM', lib: ['es2022', 'dom'], types: [] },
  { title: 'with @types/node', lib: ['es2022'], types: ['node'] },
  { title: 'with neither', lib: ['es2022'], types: [] },
]
const compilers = [
  { title: 'TypeScript 5.9', folder: 'typescript-5' },
  { title: 'TypeScript 7', folder: 'typescript' },
]

/** Libraries are checked too: `skipLibCheck` would hide a name that the declarations do not find. */
export const typeScriptChecks = compilers.flatMap((compiler) =>
  platforms.flatMap((platform) => ({
    name: `${compiler.title}: nodenext, node16 and bundler ${platform.title}`,
    run: async ({ project, tools, nodeTypes }) => {
      for (const { files, ...kind } of moduleKinds) {
        const folder = write(project(), {
          'package.json': { private: true },
          ...Object.fromEntries(files.map((file) => [file, source])),
          'tsconfig.json': {
            compilerOptions: {
              ...kind,
              target: 'es2022',
              lib: platform.lib,
              types: platform.types,
              ...(platform.types.length > 0 ? { typeRoots: [nodeTypes] } : {}),
              strict: true,
              exactOptionalPropertyTypes: true,
              skipLibCheck: false,
              // TypeScript's own libraries, which take most of the time.
              skipDefaultLibCheck: true,
              noEmit: true,
            },
            files,
          },
        })
        await run(process.execPath, [join(tools, compiler.folder, 'bin/tsc'), '-p', '.'], { cwd: folder }).catch(
          (error) => {
            throw new Error(`${kind.module}: ${error.message}`)
          },
        )
      }
    },
  })),
)
