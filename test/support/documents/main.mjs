// Runs the modules of a folder one after the other, as blocks of one document: `r2` is a client of the server in the
// environment, `bucket` a bucket of it. Usage: node main.mjs FOLDER
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { R2Client } from 'r2kit'

const [folder = '.'] = process.argv.slice(2)
globalThis.r2 = R2Client.fromEnv()
globalThis.bucket = 'photos'
await r2.buckets.create({ bucket })

for (const name of (await readdir(folder)).filter((name) => name.endsWith('.mjs')).sort()) {
  try {
    await import(pathToFileURL(join(folder, name)).href)
  } catch (error) {
    console.error(`${name} failed:`, error)
    process.exitCode = 1
  }
}
await r2.dispose()
