/** The process that is killed, as an HTTP server. The load runs in the parent process. */
import { startLocalR2 } from '@r2kit/local'

const [dataDir = '', durable = 'true'] = process.argv.slice(2)
const { endpoint, credentials } = await startLocalR2({ dataDir, durable: durable === 'true' })
process.send?.({ endpoint, credentials })
