/** Sends one request to a bundled Worker in workerd, and prints the response. `node run-worker.mjs FILE` */
import { dirname } from 'node:path'
import { Miniflare } from 'miniflare'

const worker = new Miniflare({
  modules: true,
  rootPath: dirname(process.argv[2]),
  modulesRoot: dirname(process.argv[2]),
  scriptPath: process.argv[2],
  compatibilityDate: '2026-07-01',
})
try {
  const response = await worker.dispatchFetch('http://worker/')
  console.log(await response.text())
  process.exitCode = response.ok ? 0 : 1
} finally {
  await worker.dispose()
}
