/** Every command there is, with what the general help says of it; the rest of a command is loaded when it is asked for. */
import type { Command } from 'commander'
import type { Run } from '../main.js'

interface CommandModule {
  /** Adds arguments, options, help and the action. */
  define(command: Command, run: Run): void
}

interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

export const commands: readonly CommandEntry[] = [
  { name: 'cp', summary: 'copy files and objects: up, down, or between buckets', load: () => import('./cp.js') },
  { name: 'mv', summary: 'the same, and delete each source once its copy is verified', load: () => import('./mv.js') },
  { name: 'ls', summary: 'list buckets, or what lies under a prefix', load: () => import('./ls.js') },
  { name: 'stat', summary: 'show all that is known about an object', load: () => import('./stat.js') },
  { name: 'cat', summary: 'print objects', load: () => import('./cat.js') },
  { name: 'rm', summary: 'delete objects', load: () => import('./rm.js') },
  { name: 'du', summary: 'add up the bytes under a prefix', load: () => import('./du.js') },
  { name: 'mb', summary: 'make a bucket', load: () => import('./mb.js') },
  { name: 'rb', summary: 'remove a bucket', load: () => import('./rb.js') },
  {
    name: 'uploads',
    summary: 'list or abort uploads that were never finished',
    load: () => import('./uploads.js'),
  },
  { name: 'presign', summary: 'make a URL that permits one request for a while', load: () => import('./presign.js') },
  { name: 'local', summary: 'run a local R2 on this machine', load: () => import('./local.js') },
]
