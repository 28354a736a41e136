/**
 * Proves the comparison in the README by running it: the current versions of r2kit and its peers, on loopback, against our
 * local R2 behind a wire that misbehaves. `npm run interop:peers -- [--json] [--only name,…] [--details]`.
 * Prints the table as Markdown (or JSON), and writes `peers.json` beside it unless `--only` left clients out.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startLocalR2 } from '@r2kit/local'
import { peerClients } from './peers/clients.mjs'
import { openControl } from './peers/control.mjs'
import { probes } from './peers/probes.mjs'
import { countPackages, importMs, manifestOf, standIns } from './peers/weight.mjs'
import { openWire } from './peers/wire.mjs'

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, details: { type: 'boolean' } },
})
const wanted = values.only?.split(',')
const clients = peerClients.filter(({ name }) => wanted?.includes(name) ?? true)
if (wanted !== undefined && clients.length < wanted.length) {
  console.error(`--only takes names out of: ${peerClients.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

/** A client may lose a promise: that belongs to its verdict, and must not end this process. */
let lostRejections = 0
process.on('unhandledRejection', () => lostRejections++)

/** A client that is set up wrongly fails everything, which would look like caution: a plain object must go up and come back. */
const provePlainUse = async (name, client, control) => {
  const bytes = Buffer.from('plain')
  await client.put('plain.txt', bytes)
  const got = Buffer.from(await client.get('plain.txt'))
  if (!got.equals(bytes) || !got.equals(await control.get('plain.txt')))
    throw new Error(`${name}: a plain object differs`)
  await control.remove('plain.txt')
}

/** One probe of one client, with a server, a wire and a bucket of its own. */
const ask = async (definition, probe) => {
  const bucket = 'peers'
  const server = await startLocalR2({ memory: true })
  const wire = await openWire(server.endpoint)
  const control = openControl(server, bucket)
  await control.makeBucket()
  const client = await definition.open({ endpoint: wire.endpoint, credentials: server.credentials, bucket })
  try {
    await provePlainUse(definition.name, client, control)
    wire.requests.length = 0
    lostRejections = 0
    if (probe.fault) wire.misbehave(probe.fault)
    const response = await probe.run({ client, control, wire, bucket })
    if (probe.fault && response.verdict !== '–' && !wire.hasMisbehaved()) {
      throw new Error(`${definition.name}: ${probe.name}: the fault never happened: ${JSON.stringify(response)}`)
    }
    return lostRejections > 0
      ? { ...response, verdict: `${response.verdict}; unhandled rejection`, good: false }
      : response
  } finally {
    await client.close()
    await wire.close()
    await server.close()
  }
}

/** Some load the most of themselves with the first call: that is said beside. */
const importCost = ({ imports, lazyImports }) => {
  const verdict = String(importMs(imports))
  return {
    verdict: lazyImports ? `${verdict}, and ${importMs([...imports, ...lazyImports])} by the first call` : verdict,
  }
}

/** Facts that need no server to misbehave. */
const facts = [
  { name: 'Packages installed', run: ({ packages }) => ({ verdict: String(countPackages(packages)) }) },
  { name: 'Import, ms of processor time over bare Node', run: importCost },
  {
    name: 'Brings a local server for tests',
    async run({ packages, companions = [] }) {
      const found = await standIns([...packages, ...companions])
      const server = found.find((name) => /^(start|serve)/.test(name))
      if (server) return { verdict: `yes: ${server}`, good: true, detail: { found } }
      return { verdict: found.length === 0 ? 'no' : `no server, but ${found.join(', ')}`, detail: { found } }
    },
  },
]

const rows = []
for (const probe of probes) {
  const row = { name: probe.name, cells: {} }
  for (const client of clients) row.cells[client.name] = await ask(client, probe)
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
  server: 'the local R2 of @r2kit/local, in memory, behind a loopback wire',
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
