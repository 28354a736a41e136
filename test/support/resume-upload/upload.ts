/** The process that is killed: uploads a file with a journal and prints the result. */
import { R2Client } from 'r2kit'
import { defaultCredentials } from '../../../packages/local/src/index.js'

const [endpoint = '', path = '', journal = ''] = process.argv.slice(2)
const main = async (): Promise<void> => {
  await using r2 = new R2Client({ endpoint, credentials: defaultCredentials })
  const cpu = process.cpuUsage()
  const result = await r2.transfers.upload({ path }, { bucket: 'resumed', key: 'source' }, { journal })
  const { user, system } = process.cpuUsage(cpu)
  const maxResidentMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6, maxResidentMiB }))
}
await main()
