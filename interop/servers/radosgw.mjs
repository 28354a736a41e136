/**
 * Ceph's RADOS Gateway, a third-party S3 server without R2's extensions. Starts one monitor, one OSD with in-memory storage
 * and one gateway as foreground child processes, on loopback and in a temporary folder.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, runProgram, startProcess, waitFor } from './support.mjs'

const credentials = { accessKeyId: 'c'.repeat(32), secretAccessKey: 'd'.repeat(64) }

const configuration = ({ fsid, folder, monitorPort, gatewayPort }) => `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monitorPort}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
keyring = ${folder}/keyring
auth allow insecure global id reclaim = false
# One copy of each object, few placement groups, and no health warnings about a cluster of one.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
admin socket =
run dir = ${folder}
log file = ${folder}/$name.log
crash dir = ${folder}/crash
[mon]
mon data = ${folder}/monitor
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
[client]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw enable apis = s3
rgw crypt require ssl = false
rgw thread pool size = 32
`

/** Identities and permissions inside the cluster. The gateway acts as the administrator. */
const identities = [
  ['mon.', '--cap', 'mon', 'allow *'],
  ['client.admin', '--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'],
  ['osd.0', '--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *'],
]

const commands = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin']

export const radosgw = {
  name: 'radosgw',
  async unavailable() {
    for (const command of commands) {
      try {
        await runProgram('/bin/sh', ['-c', `command -v ${command}`])
      } catch {
        return `${command} is not installed (run interop/install.sh as root on Debian)`
      }
    }
    return undefined
  },
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-radosgw-'))
    const file = join(folder, 'ceph.conf')
    const processes = []
    const stop = async () => {
      for (const each of processes.reverse()) await each.stop()
      await rm(folder, { recursive: true, force: true })
    }
    const daemon = (command, ...parameters) => {
      const started = startProcess(command, ['-f', '-c', file, ...parameters])
      processes.push(started)
      return started
    }
    const ceph = (...parameters) => runProgram('ceph', ['-c', file, '--connect-timeout', '20', ...parameters])
    try {
      const fsid = randomUUID()
      const [monitorPort, gatewayPort] = [await freePort(), await freePort()]
      await mkdir(join(folder, 'osd'))
      await mkdir(join(folder, 'crash'))
      await writeFile(file, configuration({ fsid, folder, monitorPort, gatewayPort }))
      const keyring = join(folder, 'keyring')
      await writeFile(keyring, '')
      for (const identity of identities) await runProgram('ceph-authtool', [keyring, '--gen-key', '-n', ...identity])
      const map = join(folder, 'monmap')
      await runProgram('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${monitorPort}]`, map])
      await runProgram('ceph-mon', ['-c', file, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring])
      daemon('ceph-mon', '-i', 'a')
      await waitFor("Ceph's monitor", 30_000, () => ceph('mon', 'stat'))
      const osd = randomUUID()
      await ceph('osd', 'new', osd)
      await runProgram('ceph-osd', ['-c', file, '-i', '0', '--mkfs', '--osd-uuid', osd])
      daemon('ceph-osd', '-i', '0')
      await waitFor("Ceph's OSD", 60_000, async () => String(await ceph('osd', 'stat')).includes('1 up'))
      const { accessKeyId, secretAccessKey } = credentials
      const user = ['--uid=r2kit', '--display-name=r2kit', `--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`]
      await runProgram('radosgw-admin', ['-c', file, 'user', 'create', '--max-buckets=1000', ...user])
      const gateway = daemon('radosgw', '-n', 'client.admin', '--keyring', keyring)
      await waitFor("Ceph's gateway", 60_000, async () => {
        if (gateway.hasEnded()) throw new Error(gateway.output())
        return (await fetch(`http://127.0.0.1:${gatewayPort}/`)).ok
      })
      return {
        name: 'radosgw',
        endpoint: `http://127.0.0.1:${gatewayPort}`,
        dialect: 's3',
        region: 'us-east-1',
        credentials,
        capabilities: { createBucket: true },
        stop,
      }
    } catch (error) {
      await stop()
      throw error
    }
  },
}
