/** The process that is killed, with HTTP: only the server; the load runs in the process that kills it. */
import { startLocalR2 } from '@r2kit/local'

const [dataDir = '', durable = 'true'] = process.argv.slice(2)
const { endpoint, credentials } = await startLocalR2({ dataDir, durable: durable === 'true' })
process.send?.({ endpoint, credentials })
