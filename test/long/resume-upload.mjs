// Kills an upload, resumes it and counts the parts that are sent again: node test/long/resume-upload.mjs [mebibytes] [kills]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../support/resume-upload/main.ts', import.meta.url))
const args = ['--conditions=r2kit-source', '--import', 'tsx', main, ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
