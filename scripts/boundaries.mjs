// The architecture as data: which module may import which, in each package. ARCHITECTURE.md draws these tables, and
// `check-boundaries.mjs` reads every import against them. To change the architecture, change this file.

/**
 * Package → its modules (folders of `src`, or files beside them) → the modules that each may import.
 *
 * `entryPoints` are the files beside the folders that compose or publish; nothing in a folder may import them.
 */
export const packages = {
  r2kit: {
    external: ['undici'],
    modules: {
      base: [],
      errors: ['base'],
      xml: ['base', 'errors'],
      validation: ['base', 'errors'],
      security: ['base', 'errors'],
      http: ['base', 'errors', 'validation'],
      signing: ['base', 'errors', 'http', 'security'],
      pipeline: ['base', 'errors', 'http'],
      resilience: ['base', 'errors', 'http', 'validation', 'pipeline'],
      observability: ['base', 'errors', 'security', 'http', 'pipeline'],
      client: [
        'base',
        'errors',
        'xml',
        'validation',
        'security',
        'http',
        'signing',
        'pipeline',
        'resilience',
        'observability',
      ],
      transfers: ['base', 'errors', 'xml', 'validation', 'security', 'http', 'resilience', 'observability', 'client'],
      simulation: ['base', 'errors', 'xml', 'validation', 'security', 'http'],
      // Runs the whole client, so it is above the composition root.
      testing: [
        'base',
        'errors',
        'http',
        'validation',
        'pipeline',
        'observability',
        'client',
        'transfers',
        'simulation',
        'client-options.ts',
        'r2-client.ts',
      ],
    },
    entryPoints: {
      'client-options.ts': ['client', 'http', 'transfers', 'validation'],
      'environment.ts': ['base', 'errors', 'validation', 'client-options.ts'],
      'r2-client.ts': ['client', 'transfers', 'client-options.ts', 'environment.ts'],
      'r2-client-builder.ts': [
        'base',
        'observability',
        'security',
        'http',
        'resilience',
        'validation',
        'client',
        'transfers',
        'client-options.ts',
        'r2-client.ts',
      ],
      'index.ts': ['*'],
      'resilience.ts': ['resilience'],
      'simulation.ts': ['simulation'],
      'testing.ts': ['simulation', 'testing'],
      'transfers.ts': ['transfers'],
      'presign.ts': ['base', 'errors', 'signing'],
      'protocol.ts': ['base', 'errors', 'xml', 'validation', 'security', 'signing', 'http', 'simulation'],
    },
  },
  local: {
    external: ['r2kit/protocol', 'r2kit/simulation', 'lmdb', 'sorted-btree'],
    modules: {
      errors: [],
      storage: [],
      routing: ['errors'],
      http: ['errors'],
      authentication: ['detection', 'errors', 'http', 'routing'],
      detection: ['errors', 'routing'],
      objects: ['errors', 'http', 'routing', 'storage'],
      screening: ['detection', 'errors', 'http', 'objects'],
      lifecycle: ['errors', 'objects', 'storage'],
      cors: ['errors', 'http', 'objects', 'storage'],
      faults: ['detection', 'http', 'routing'],
      control: ['faults'],
      proxy: ['errors', 'faults', 'http', 'routing', 'server'],
      operations: [
        'authentication',
        'cors',
        'detection',
        'errors',
        'http',
        'lifecycle',
        'objects',
        'routing',
        'storage',
      ],
      server: [
        'authentication',
        'cors',
        'detection',
        'errors',
        'faults',
        'http',
        'objects',
        'operations',
        'routing',
        'screening',
        'storage',
      ],
    },
    entryPoints: {
      'local-options.ts': ['authentication'],
      'start-local-r2.ts': [
        'authentication',
        'errors',
        'faults',
        'lifecycle',
        'local-options.ts',
        'objects',
        'routing',
        'server',
        'storage',
      ],
      'index.ts': ['authentication', 'control', 'faults', 'proxy', 'local-options.ts', 'start-local-r2.ts'],
    },
  },
  cli: {
    external: [
      'r2kit',
      'r2kit/protocol',
      'r2kit/simulation',
      'r2kit/transfers',
      '@r2kit/local',
      'commander',
      'cli-progress',
      'mime',
    ],
    modules: {
      errors: [],
      process: ['errors'],
      arguments: ['errors'],
      connection: ['arguments', 'errors'],
      output: ['errors', 'process'],
      transfer: ['arguments', 'errors', 'output', 'process'],
      commands: ['arguments', 'errors', 'output', 'process', 'transfer'],
    },
    entryPoints: {
      'program.ts': ['connection', 'errors', 'process'],
      'main.ts': ['commands', 'connection', 'errors', 'output', 'process', 'program.ts'],
      'bin.ts': ['process', 'main.ts'],
      'index.ts': ['errors', 'output', 'process', 'main.ts'],
    },
  },
}

/** Import conditions of `r2kit` → the module they resolve into. */
export const conditions = {
  '#hash': 'base',
  '#checksums': 'base',
  '#transport': 'http',
  '#network-error': 'http',
  '#files': 'http',
  '#disturbed': 'http',
  '#transfer-files': 'transfers',
}

/** Third-party modules → the only folder that may import them. */
export const keepers = {
  undici: 'packages/r2kit/src/http/undici',
  lmdb: 'packages/local/src/storage',
  'sorted-btree': 'packages/local/src/storage',
}
