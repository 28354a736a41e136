// Kills a download, resumes it and checks the file: node test/long/resume-download.mjs [mebibytes] [kills]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../support/resume-download/main.ts', import.meta.url))
const args = ['--conditions=r2kit-source', '--import', 'tsx', main, 'check', ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
