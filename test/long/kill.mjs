// Kills a process that writes to a local R2 many times and checks its data: node test/long/kill.mjs [kills] [seed]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../support/kill/main.ts', import.meta.url))
const args = ['--conditions=r2kit-source', '--import', 'tsx', main, ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
