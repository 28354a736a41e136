/**
 * Produces the comparison in the README: runs the current versions of r2kit and its peers against the local R2, through a
 * loopback proxy that injects faults. `npm run interop:peers -- [--json] [--only name,…] [--details]`.
 * Prints the table as Markdown (or JSON), and writes `peers.json` unless `--only` excluded clients.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startLocalR2 } from '@r2kit/local'
import { peerClients } from './peers/clients.mjs'
import { openControl } from './peers/control.mjs'
import { openFaultProxy } from './peers/fault-proxy.mjs'
import { probes } from './peers/probes.mjs'
import { countPackages, importMs, localServersOf, manifestOf } from './peers/weight.mjs'

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, details: { type: 'boolean' } },
})
const wanted = values.only?.split(',')
const clients = peerClients.filter(({ name }) => wanted?.includes(name) ?? true)
if (wanted !== undefined && clients.length < wanted.length) {
  console.error(`Unknown client in --only. Known clients: ${peerClients.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

/** Unhandled rejections of a client count against its verdict, and must not end this process. */
let unhandledRejections = 0
process.on('unhandledRejection', () => unhandledRejections++)

/** Checks that the client stores and reads a plain object. A misconfigured client fails every call, which some probes count as good. */
const checkPlainUse = async (name, client, control) => {
  const bytes = Buffer.from('plain')
  await client.put('plain.txt', bytes)
  const got = Buffer.from(await client.get('plain.txt'))
  if (!got.equals(bytes) || !got.equals(await control.get('plain.txt')))
    throw new Error(`${name}: a plain object differs`)
  await control.remove('plain.txt')
}

/** Runs one probe with one client, on a new server, proxy and bucket. */
const runProbe = async (definition, probe) => {
  const bucket = 'peers'
  const server = await startLocalR2({ memory: true })
  const proxy = await openFaultProxy(server.endpoint)
  const control = openControl(server, bucket)
  await control.makeBucket()
  const client = await definition.open({ endpoint: proxy.endpoint, credentials: server.credentials, bucket })
  try {
    await checkPlainUse(definition.name, client, control)
    proxy.requests.length = 0
    unhandledRejections = 0
    if (probe.fault) proxy.armFault(probe.fault)
    const result = await probe.run({ client, control, proxy, bucket })
    if (probe.fault && result.verdict !== '–' && !proxy.hasInjectedFault()) {
      throw new Error(`${definition.name}: ${probe.name}: the fault was not injected: ${JSON.stringify(result)}`)
    }
    return unhandledRejections > 0
      ? { ...result, verdict: `${result.verdict}; unhandled rejection`, good: false }
      : result
  } finally {
    await client.close()
    await proxy.close()
    await server.close()
  }
}

/** Some clients load most of their code with the first call, which the verdict reports separately. */
const importCost = ({ imports, lazyImports }) => {
  const verdict = String(importMs(imports))
  return {
    verdict: lazyImports ? `${verdict}, and ${importMs([...imports, ...lazyImports])} by the first call` : verdict,
  }
}

/** Properties that need no server. */
const facts = [
  { name: 'Packages installed', run: ({ packages }) => ({ verdict: String(countPackages(packages)) }) },
  { name: 'Import, ms of CPU time over bare Node', run: importCost },
  {
    name: 'Includes a local server for tests',
    async run({ packages, companions = [] }) {
      const found = await localServersOf([...packages, ...companions])
      const server = found.find((name) => /^(start|serve)/.test(name))
      if (server) return { verdict: `yes: ${server}`, good: true, detail: { found } }
      return { verdict: found.length === 0 ? 'no' : `no server, but ${found.join(', ')}`, detail: { found } }
    },
  },
]

const rows = []
for (const probe of probes) {
  const row = { name: probe.name, cells: {} }
  for (const client of clients) row.cells[client.name] = await runProbe(client, probe)
  rows.push(row)
}
for (const fact of facts) {
  const row = { name: fact.name, cells: {} }
  for (const client of clients) row.cells[client.name] = await fact.run(client)
  rows.push(row)
}

const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  server: 'the local R2 of @r2kit/local, in memory, behind a loopback proxy',
  versions: Object.fromEntries(
    clients.map(({ name, packages }) => [
      name,
      Object.fromEntries(packages.map((each) => [each, manifestOf(each).version])),
    ]),
  ),
  rows,
}

const cellText = (text) => text.replaceAll('|', '\\|')
const line = (cells) => `| ${cells.map(cellText).join(' | ')} |`
const table = () => {
  const names = clients.map(({ name }) => name)
  const titles = clients.map(({ name, packages }) => `${name} ${manifestOf(packages[0]).version}`)
  return [
    line(['', ...titles]),
    line(['---', ...names.map(() => '---')]),
    ...rows.map(({ name, cells }) =>
      line([name, ...names.map((each) => (cells[each].good ? `**${cells[each].verdict}**` : cells[each].verdict))]),
    ),
  ].join('\n')
}

const json = `${JSON.stringify(result, null, 2)}\n`
if (wanted === undefined) await writeFile(new URL('./peers.json', import.meta.url), json)
if (values.json) process.stdout.write(json)
else {
  console.log(table())
  if (values.details) {
    for (const { name, cells } of rows) {
      for (const [client, { detail }] of Object.entries(cells)) {
        if (detail) console.log(`${name} · ${client}: ${JSON.stringify(detail)}`)
      }
    }
  }
}
