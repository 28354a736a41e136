/** All commands, with their lines in the general help. A command's module is loaded only when the command line names it. */
import type { CommandModule } from './command.js'

interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** The commands in the order of the general help. */
export const commands: readonly CommandEntry[] = [
  { name: 'cp', summary: 'copy files and objects: upload, download, or server-side', load: () => import('./cp.js') },
  { name: 'mv', summary: 'copy, and delete each source after its copy is verified', load: () => import('./mv.js') },
  { name: 'ls', summary: 'list buckets, or objects and folders under a prefix', load: () => import('./ls.js') },
  { name: 'stat', summary: 'show size, ETag, headers and metadata of an object', load: () => import('./stat.js') },
  { name: 'cat', summary: 'print objects', load: () => import('./cat.js') },
  { name: 'rm', summary: 'delete an object or a folder', load: () => import('./rm.js') },
  { name: 'du', summary: 'count objects and bytes under a prefix', load: () => import('./du.js') },
  { name: 'mb', summary: 'create a bucket', load: () => import('./mb.js') },
  { name: 'rb', summary: 'delete a bucket', load: () => import('./rb.js') },
  { name: 'uploads', summary: 'list or abort unfinished multipart uploads', load: () => import('./uploads.js') },
  { name: 'presign', summary: 'create a URL that permits one kind of request', load: () => import('./presign.js') },
  { name: 'config', summary: 'check a configuration file, or show all settings', load: () => import('./config.js') },
  { name: 'local', summary: 'run a local R2 server', load: () => import('./local.js') },
  { name: 'proxy', summary: 'inject faults in front of an S3 endpoint, or record', load: () => import('./proxy.js') },
]
