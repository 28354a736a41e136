/**
 * Prometheus itself scrapes a process under load, and the numbers queried from it equal what the process has done. It also loads
 * the rules that the package ships, `promtool` tests them, and every query of rules and dashboard names metrics that exist.
 *
 * Needs `prometheus` and `promtool` on the PATH (the Debian package `prometheus`); without them the test is skipped.
 *
 * node test/long/prometheus.mjs [seconds of load]
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalR2 } from '@r2kit/local'

const seconds = process.argv[2] ?? '6'
const root = join(import.meta.dirname, '..', '..')
const monitoring = join(root, 'packages/r2kit/monitoring')

if (spawnSync('promtool', ['--version']).error !== undefined) {
  console.log('SKIPPED: prometheus and promtool are not installed (apt-get install prometheus).')
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}

let passed = 0
let failed = 0
const check = (name, isRight, details = '') => {
  if (isRight) passed++
  else failed++
  console.log(`${isRight ? 'ok    ' : 'FAILED'} ${name} ${details}`)
}
const equal = (name, actual, expected) => check(name, actual === expected, `${actual}, expected ${expected}`)

for (const parameters of [
  ['check', 'rules', 'prometheus-rules.yml'],
  ['test', 'rules', 'prometheus-rules.test.yml'],
]) {
  const { status, stdout, stderr } = spawnSync('promtool', parameters, { cwd: monitoring, encoding: 'utf8' })
  check(`promtool ${parameters.join(' ')}`, status === 0, status === 0 ? '' : stdout + stderr)
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const folder = mkdtempSync(join(tmpdir(), 'r2kit-prometheus-'))
const [metricsPort, prometheusPort] = [await freePort(), await freePort()]
writeFileSync(
  join(folder, 'prometheus.yml'),
  `global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }
rule_files: ['${join(monitoring, 'prometheus-rules.yml')}']
scrape_configs:
  - job_name: load
    static_configs: [{ targets: ['127.0.0.1:${metricsPort}'] }]
`,
)
const local = await startLocalR2()
const { accessKeyId, secretAccessKey } = local.credentials
const children = []
const start = (command, parameters, stdio) => {
  const child = spawn(command, parameters, { cwd: root, stdio })
  children.push(child)
  return child
}

/** The vector of an instant query: labels and value of each series. */
const query = async (expression) => {
  const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(expression)}`
  const { status, data, error } = await (await fetch(url)).json()
  if (status !== 'success') throw new Error(`${expression}: ${error}`)
  return data.result.map(({ metric, value }) => ({ ...metric, value: Number(value[1]) }))
}
const numberOf = async (expression) => (await query(expression))[0]?.value ?? 0

/** Waits until a server that is starting responds with 200. */
const ready = async (url) => {
  for (let round = 0; round < 300; round++) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.status === 200) return
    await sleep(100)
  }
  throw new Error(`${url} did not respond within 30 s`)
}

/** Queries until the value is the expected one, for a few scrapes; returns the last value. */
const eventually = async (expression, expected) => {
  let value
  for (let round = 0; round < 20; round++) {
    value = await numberOf(expression)
    if (value === expected) break
    await sleep(250)
  }
  return value
}

const sumOf = (table, select) =>
  Object.entries(table).reduce((sum, [name, value]) => (select(name) ? sum + value : sum), 0)

const compare = async (done) => {
  for (const [name, calls] of Object.entries(done.calls)) {
    const [operation, bucket, status] = name.split(' ')
    const selector = `r2_requests_total{operation="${operation}",bucket="${bucket}",status="${status}"}`
    equal(selector, await eventually(selector, calls), calls)
    const others = sumOf(done.calls, (other) => other.startsWith(`${operation} ${bucket} `))
    const durations = `r2_request_duration_seconds_count{operation="${operation}",bucket="${bucket}"}`
    equal(durations, await eventually(durations, others), others)
  }
  for (const [direction, table] of [
    ['upload', done.uploaded],
    ['download', done.downloaded],
  ]) {
    for (const [bucket, bytes] of Object.entries(table)) {
      // The XML that completes an upload is no byte of an object.
      const operations = direction === 'upload' ? 'PutObject|UploadPart' : 'GetObject'
      const sum = `sum(r2_bytes_transferred_total{operation=~"${operations}",bucket="${bucket}",direction="${direction}"})`
      equal(sum, await eventually(sum, bytes), bytes)
    }
  }
  const recorded = 'sum(r2_bytes_uploaded)'
  const counted = await numberOf('sum(r2_bytes_transferred_total{direction="upload"})')
  equal(recorded, await eventually(recorded, counted), counted)
  equal('sum(r2_retries_total)', await eventually('sum(r2_retries_total)', done.injected), done.injected)
  for (const [code, times] of Object.entries(done.refused)) {
    const selector = `sum(r2_errors_total{error_type="${code}",retryable="true"})`
    equal(selector, await eventually(selector, times), times)
  }
  const missing = sumOf(done.calls, (name) => name.startsWith('HeadObject') && name.endsWith('404'))
  const notFound = 'sum(r2_errors_total{operation="HeadObject",error_type="ObjectNotFound",retryable="false"})'
  equal(notFound, await eventually(notFound, missing), missing)
  for (const [bucket, parts] of Object.entries(done.parts)) {
    const sum = `r2_multipart_parts_per_upload_sum{bucket="${bucket}"}`
    equal(sum, await eventually(sum, parts), parts)
    const uploads = `r2_multipart_parts_per_upload_count{bucket="${bucket}"}`
    equal(uploads, await eventually(uploads, 1), 1)
  }
  // The first signature of each client derives its key, and so does the first of the client whose server is down.
  const hits = done.signed + done.presigned + (done.refused.ConnectionFailed ?? 0) - 2
  equal('r2_signing_key_cache_hits_total', await eventually('r2_signing_key_cache_hits_total', hits), hits)
  equal('r2_circuit_breaker_state', await eventually('r2_circuit_breaker_state', 1), 1)
  const sockets = connectionsTo(Number(new URL(local.endpoint).port))
  equal('r2_connection_pool_size', await eventually('r2_connection_pool_size', sockets), sockets)
}

/** Established connections to a port of this machine, as the kernel counts them. */
const connectionsTo = (port) => {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    readFileSync(path, 'utf8').trim().split('\n').slice(1),
  )
  return rows.map((row) => row.trim().split(/\s+/)).filter(([, , to, state]) => to.endsWith(remote) && state === '01')
    .length
}

/** The metrics that rules and dashboard name exist, and Prometheus accepts each query. */
const checkQueries = async () => {
  const { data } = await (await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/rules`)).json()
  const rules = data.groups.flatMap((group) => group.rules)
  check(
    'Prometheus has loaded all rules without an error',
    rules.length > 0 && rules.every(({ lastError }) => !lastError),
  )
  const recorded = new Set(rules.filter(({ type }) => type === 'recording').map(({ name }) => name))
  const dashboard = JSON.parse(readFileSync(join(monitoring, 'grafana-dashboard.json'), 'utf8'))
  const queries = [
    ...rules.map((rule) => [rule.name, rule.query]),
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr])),
    ...dashboard.templating.list
      .filter(({ query }) => query.startsWith('label_values'))
      .map((variable) => [variable.name, /^label_values\((.*), *\w+\)$/.exec(variable.query)[1]]),
  ]
  const scraped = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const exposed = new Set([...scraped.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name))
  const shown = new Set()
  for (const [title, text] of queries) {
    const expression = text.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|bucket)\b/g, '.*')
    const names = [...expression.matchAll(/\br2[_:][\w:]+/g)].map(([name]) => name)
    for (const name of names) shown.add(name.replace(/_(bucket|sum|count)$/, ''))
    const unknown = names.filter(
      (name) => !recorded.has(name) && !exposed.has(name.replace(/_(bucket|sum|count)$/, '')),
    )
    let problem = unknown.length > 0 ? `names ${unknown}` : ''
    await query(expression).catch(({ message }) => {
      problem = message
    })
    check(`query of "${title}"`, names.length > 0 && problem === '', problem)
  }
  const forgotten = [...exposed].filter((name) => !shown.has(name))
  check('every metric is part of a panel or a rule', forgotten.length === 0, forgotten.join(' '))
}

try {
  const prometheus = start(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--log.level=error',
    ],
    ['ignore', 'inherit', 'inherit'],
  )
  prometheus.on('error', (error) => check('Prometheus starts', false, error.message))
  await ready(`http://127.0.0.1:${prometheusPort}/-/ready`)
  const load = start(
    process.execPath,
    [
      join(root, 'test/support/prometheus/load-child.mjs'),
      local.endpoint,
      accessKeyId,
      secretAccessKey,
      String(metricsPort),
      seconds,
    ],
    ['pipe', 'pipe', 'inherit'],
  )
  const died = once(load, 'exit').then(([code]) => {
    throw new Error(`the process under load ended with exit code ${code}`)
  })
  const [line] = await Promise.race([once(createInterface({ input: load.stdout }), 'line'), died])
  died.catch(() => undefined) // It is stopped at the end.
  const done = JSON.parse(line)
  const calls = sumOf(done.calls, () => true)
  console.log(`${calls} calls, ${done.injected} of ${done.signed} requests failed with 503`)
  const scrapes = await numberOf(`count_over_time(up{job="load"}[5m])`)
  check('Prometheus has scraped the process while it worked', scrapes >= 3, `${scrapes} scrapes`)
  await compare(done)
  await checkQueries()
} finally {
  for (const child of children) child.kill('SIGTERM')
  await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined)))
  await local.close()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
