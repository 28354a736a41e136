/**
 * Runs the client in a page of a headless Chromium, against a local R2 of another origin, over HTTP/1.1.
 *
 *   npm run test:browser [-- PART OF A CASE'S NAME]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalR2 } from '@r2kit/local'
import { build } from 'esbuild'
import { R2Client } from 'r2kit'
import { codedObjects } from '../support/coded-objects.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = (reason) => {
  console.log(`skipped  ${reason}`)
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}
if (!existsSync(executablePath)) skip('Chromium is not installed (apt-get install chromium, or set CHROMIUM)')
if (!existsSync(join(here, 'node_modules'))) {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (status !== 0) skip('playwright-core cannot be installed')
}
const { chromium } = await import('playwright-core')

const { outputFiles } = await build({
  entryPoints: [join(here, 'page.js')],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  write: false,
})
const codings = await codedObjects()
const pages = {
  '/': ['text/html', '<!doctype html><title>r2kit</title><script type="module" src="/page.js"></script>'],
  '/page.js': ['text/javascript', `globalThis.codings = ${JSON.stringify(codings)};\n${outputFiles[0].text}`],
}
const site = createServer(({ url }, response) => {
  const [type, text] = pages[url] ?? ['text/plain', '']
  response.writeHead(text === '' ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(text)
})
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${site.address().port}`

const server = await startLocalR2()
const options = { endpoint: server.endpoint, credentials: server.credentials }
const r2 = new R2Client(options)
const rule = {
  allowedOrigins: [origin],
  allowedMethods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
  allowedHeaders: ['*'],
}
const exposed = {
  open: ['ETag', 'Content-Range', 'Content-Encoding', 'CF-Ray', 'x-amz-version-id'],
  'etag-only': ['ETag'],
  hidden: [],
  'no-cors': undefined,
}
for (const [bucket, exposeHeaders] of Object.entries(exposed)) {
  await r2.buckets.create({ bucket })
  await r2.objects.put({ bucket, key: 'a', body: 'abcdef' })
  if (exposeHeaders !== undefined) await r2.buckets.cors.put({ bucket, rules: [{ ...rule, exposeHeaders }] })
}
for (const { name, base64 } of codings) {
  const contentEncoding = name.replace(' (wrong)', '')
  const body = Buffer.from(base64, 'base64')
  await r2.objects.put({ bucket: 'open', key: `coding ${name}`, body, contentEncoding })
  if (name === 'gzip') await r2.objects.put({ bucket: 'etag-only', key: 'gzip', body, contentEncoding })
}
const cut = Uint8Array.from({ length: 400_000 }, (_, index) => (index * 31 + (index >> 8)) & 255)
await r2.objects.put({ bucket: 'open', key: 'cut', body: cut })

/** Faults of the server during a case. */
const faults = {
  'getStream resumes a body that the server cuts': [
    { kind: 'reset-during-response', operation: 'GetObject', key: 'cut', rate: 1, times: 1 },
  ],
}

const profile = mkdtempSync(join(tmpdir(), 'r2kit-chromium-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const counts = { passed: 0, failed: 0 }
try {
  const page = await browser.newPage()

  page.on('pageerror', (error) => console.log(`error in the page: ${error}`))
  await page.goto(`${origin}/`)
  await page.waitForFunction('globalThis.prepare !== undefined')
  const names = await page.evaluate((given) => globalThis.prepare(given), options)
  for (const name of names.filter((each) => each.includes(process.argv[2] ?? ''))) {
    server.setFaults(faults[name] ?? [])
    const startedMs = Date.now()
    const timeout = new Promise((resolve) => setTimeout(resolve, 60_000, 'the case did not end within a minute'))
    const failure = await Promise.race([page.evaluate((given) => globalThis.runCase(given), name), timeout])
    counts[failure === '' ? 'passed' : 'failed']++
    console.log(`${(failure === '' ? 'ok' : 'FAILED').padEnd(8)}${name} (${Date.now() - startedMs} ms)`)
    if (failure !== '') console.log(failure.slice(0, 2000))
  }
} finally {
  await browser.close()
  site.close()
  await r2.dispose()
  await server.close()
  rmSync(profile, { recursive: true, force: true })
}
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`)
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1)
